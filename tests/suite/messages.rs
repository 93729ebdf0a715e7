//! What of an error is shown: an application's own words, and no words of a conversion.

use std::{error::Error, fmt, io};

use chronoscope::{
    schema::Operation,
    testing::{Capture, execution, unwired::attempt},
};
use opentelemetry::trace::Status;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use temporalio_client::tonic;
use temporalio_common::{
    data_converters::{
        GenericPayloadConverter as _, PayloadConversionError, PayloadConverter,
        SerializationContext, SerializationContextData, TemporalDeserializable,
    },
    error::ApplicationFailure,
    protos::temporal::api::{
        common::v1::{Payload, Payloads},
        failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
    },
};
use temporalio_sdk::activities::ActivityError;

const SECRET: &str = "4111 1111";

/// Returns the message that the span of an activity has which fails with this.
fn shown(error: ActivityError) -> String {
    let capture = Capture::new();
    let execution = execution(Operation::RunActivity).build();
    let failed = attempt(capture.observability(), execution, || async {
        Err::<(), _>(error)
    });
    assert!(futures::executor::block_on(failed).is_err());
    let ended = capture.spans();
    let [span] = &ended[..] else {
        panic!("one attempt, one span: {ended:?}");
    };
    let said = match &span.status {
        Status::Error { description } => description,
        _ => "",
    };
    assert!(!said.contains(SECRET), "{span:?}");
    let events = span.events.iter().flat_map(|event| &event.attributes);
    let message = events.filter(|attribute| attribute.key.as_str() == "exception.message");
    let message: Vec<_> = message.map(|message| message.value.to_string()).collect();
    message.concat()
}

/// A type whose own conversion fails, and says so in its own words.
#[derive(Debug)]
struct Card;

impl<'de> Deserialize<'de> for Card {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("no card: {number}")))
    }
}

#[derive(Debug, Deserialize)]
enum Kind {
    #[serde(rename = "debit")]
    Debit,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(rename = "id")]
    _id: Option<u32>,
}

/// The SDK's error of a payload that is no `T`.
fn payload<T: TemporalDeserializable + fmt::Debug + 'static>() -> PayloadConversionError {
    let converter = PayloadConverter::default();
    let data = SerializationContextData::None;
    let context = SerializationContext::new(&data, &converter);
    let payload = converter.to_payload(&context, &SECRET.to_owned()).unwrap();
    converter.from_payload::<T>(&context, payload).unwrap_err()
}

/// `serde_json`'s error of a value that is no `T`.
fn value<T: DeserializeOwned + fmt::Debug>(value: Value) -> serde_json::Error {
    serde_json::from_value::<T>(value).unwrap_err()
}

/// The same, of a text with a list.
fn text<T: DeserializeOwned + fmt::Debug>() -> serde_json::Error {
    serde_json::from_str::<Vec<T>>(&format!("[{SECRET:?}]")).unwrap_err()
}

/// `prost`'s error of a message of another type.
fn message() -> prost::DecodeError {
    let any = prost_types::Any {
        type_url: SECRET.to_owned(),
        value: Vec::new(),
    };
    any.to_msg::<prost_types::Timestamp>().unwrap_err()
}

/// An error of an application's, with words that say nothing of its cause.
#[derive(Debug)]
struct Declined(Box<dyn Error + Send + Sync>);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

fn failure(details: bool) -> Failure {
    let payloads = Payloads {
        payloads: vec![Payload::default()],
    };
    let info = ApplicationFailureInfo {
        r#type: SECRET.to_owned(),
        details: details.then_some(payloads),
        ..Default::default()
    };
    Failure {
        encoded_attributes: (!details).then(Payload::default),
        failure_info: Some(FailureInfo::ApplicationFailureInfo(info)),
        ..Default::default()
    }
}

macro_rules! said {
    ($($text:tt)*) => { ActivityError::from(anyhow::anyhow!($($text)*)) };
}

#[test]
fn the_form_of_a_conversion_is_known_in_a_text() {
    let status = tonic::Status::with_details(tonic::Code::Internal, SECRET, SECRET.into());
    let forms = [
        ("Encoding error: ", said!("bad: {}", payload::<Card>())),
        ("EncodingError(", said!("bad: {:?}", payload::<Card>())),
        (
            "invalid type: ",
            said!("bad: {}", value::<u32>(json!(SECRET))),
        ),
        (
            "invalid value: ",
            said!("bad: {}", value::<char>(json!(SECRET))),
        ),
        (
            "unknown variant `",
            said!("bad: {}", value::<Kind>(json!(SECRET))),
        ),
        (
            "unknown field `",
            said!("bad: {}", value::<Order>(json!({SECRET: 1}))),
        ),
        (" at line 1 column ", said!("bad: {}", text::<Card>())),
        (
            ", line: 0, column: 0",
            said!("bad: {:?}", value::<Card>(json!(SECRET))),
        ),
        (
            "failed to decode Protobuf message: ",
            said!("bad: {}", message()),
        ),
        ("details: Some(", said!("bad: {:?}", failure(true))),
        (
            "encoded_attributes: Some(",
            said!("bad: {:?}", failure(false)),
        ),
        ("details: b\"", said!("bad: {status:?}")),
    ];
    for (form, error) in forms {
        let ActivityError::Application(said) = &error else {
            panic!("{error:?}");
        };
        let said = said.to_string();
        assert!(
            said.contains(form) && said.contains(SECRET),
            "{form}: {said}"
        );
        assert_eq!(shown(error), "", "{form}");
    }
}

/// What activities in other languages fail with when they can't convert a value, as histories hold it.
const OF_OTHER_SDKS: [&str; 8] = [
    "unable to decode: json: cannot unmarshal string 4111 1111 into Go value of type int",
    "unable to decode: invalid character '4' looking for beginning of object key string: 4111 1111",
    "Unrecognized token '4111 1111': was expecting (JSON String, Number, or 'null')",
    "Cannot construct `Card` from 4111 1111\n at [Source: (byte[])\"…\"; line: 1, column: 5]",
    "Unexpected token '4', \"4111 1111\" is not valid JSON",
    "1 validation error for Card\n  Field required [type=missing, input_value='4111 1111']",
    "invalid literal for int() with base 10: '4111 1111'",
    "Failed decoding arguments: invalid type: string \"4111 1111\", expected u32",
];

#[test]
fn the_forms_of_other_languages_are_known_in_what_a_history_holds() {
    for text in OF_OTHER_SDKS {
        assert!(text.contains(SECRET));
        assert_eq!(shown(said!("{text}")), "", "{text}");
    }
}

#[test]
fn a_conversion_is_known_wherever_it_stands_in_an_error() {
    let application = |error: Box<dyn Error + Send + Sync>| ApplicationFailure::new(error).into();
    let card = || value::<Card>(json!(SECRET));
    let errors: [(&str, ActivityError); 9] = [
        ("bare", application(payload::<Card>().into())),
        (
            "in the SDK's",
            application(ApplicationFailure::new(card()).into()),
        ),
        // What `?` makes of it in an activity.
        ("boxed", card().into()),
        (
            "with a context",
            anyhow::Error::from(card()).context(SECRET).into(),
        ),
        ("as a source", application(Declined(card().into()).into())),
        (
            "boxed, as a source",
            application(Declined(anyhow::Error::from(card()).into()).into()),
        ),
        (
            "in one of the system's",
            application(io::Error::other(card()).into()),
        ),
        ("prost's", application(Declined(message().into()).into())),
        (
            "twice",
            application(Declined(Declined(card().into()).into()).into()),
        ),
    ];
    for (place, error) in errors {
        assert_eq!(shown(error), "", "{place}");
    }
}

#[test]
fn what_an_application_says_is_shown() {
    let absent = || io::Error::new(io::ErrorKind::NotFound, "no such order");
    let number = "x".parse::<u32>().unwrap_err();
    let detailed = ApplicationFailure::builder(anyhow::anyhow!("no way"))
        .details(SECRET.to_owned())
        .build();
    let rows: [(ActivityError, &str); 7] = [
        (said!("the card was refused"), "the card was refused"),
        (
            said!("order 7 at line 3 of the list"),
            "order 7 at line 3 of the list",
        ),
        (said!("invalid type of card"), "invalid type of card"),
        (absent().into(), "no such order"),
        (anyhow::Error::from(absent()).context("lost").into(), "lost"),
        (Declined(number.into()).into(), "declined"),
        (detailed.into(), "no way"),
    ];
    for (error, expected) in rows {
        assert_eq!(shown(error), expected);
    }
}
