//! Single payloads.

use std::collections::HashMap;

use temporalio_common::{
    data_converters::{PayloadCodec as _, SerializationContextData},
    protos::temporal::api::common::v1::Payload,
};

use super::{EncryptionCodec, KEY, KEY_ID, codec};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn json(text: &str) -> Payload {
    Payload {
        metadata: HashMap::from([("encoding".to_owned(), b"json/plain".to_vec())]),
        data: text.as_bytes().to_vec(),
        ..Default::default()
    }
}

async fn encoded(codec: &EncryptionCodec, payload: &Payload) -> Payload {
    let encoding = codec.encode(&SerializationContextData::None, vec![payload.clone()]);
    encoding.await.unwrap().remove(0)
}

async fn decoded(codec: &EncryptionCodec, payload: &Payload) -> Result<Payload, String> {
    let decoding = codec.decode(&SerializationContextData::None, vec![payload.clone()]);
    let decoded = decoding.await.map_err(|error| error.to_string());
    decoded.map(|mut payloads| payloads.remove(0))
}

#[tokio::test]
async fn what_is_sealed_comes_out_as_it_went_in_and_no_two_look_alike() {
    let (codec, payload) = (codec(), json(r#"{"secret":"hates parsley"}"#));
    let sealed = encoded(&codec, &payload).await;
    assert_eq!(sealed.metadata["encoding"], b"binary/encrypted");
    assert_eq!(sealed.metadata["encryption-key-id"], KEY_ID.as_bytes());
    assert_eq!(sealed.metadata.len(), 2);
    assert!(!sealed.data.windows(7).any(|part| part == b"parsley"));
    assert_eq!(decoded(&codec, &sealed).await, Ok(payload.clone()));
    assert_ne!(encoded(&codec, &payload).await, sealed);
}

#[tokio::test]
async fn what_was_not_sealed_passes_through_and_trace_headers_stay_in_the_clear() {
    let codec = codec();
    let passes = json("\"from before there was a codec\"");
    assert_eq!(decoded(&codec, &passes).await, Ok(passes));
    for (header, stays) in [
        (format!(r#"{{"traceparent":"{PARENT}"}}"#), true),
        (
            format!(r#"{{"traceparent":"{PARENT}","tracestate":"a=b","baggage":"tenant=acme"}}"#),
            true,
        ),
        // Not to be taken for a header: a secret could be in any of these.
        (
            format!(r#"{{"traceparent":"{PARENT}","secret":"x"}}"#),
            false,
        ),
        (r#"{"traceparent":"hates parsley"}"#.to_owned(), false),
        (r#"{"baggage":"hates parsley"}"#.to_owned(), false),
        (format!(r#"{{"traceparent":["{PARENT}"]}}"#), false),
        ("{}".to_owned(), false),
        (String::new(), false),
    ] {
        let payload = json(&header);
        assert_eq!(
            encoded(&codec, &payload).await == payload,
            stays,
            "{header}"
        );
    }
}

#[tokio::test]
async fn errors_name_the_key_and_what_is_wrong() {
    let sealed = encoded(&codec(), &json("1")).await;
    let other = EncryptionCodec::new("another", KEY.as_bytes()).unwrap();
    let error = decoded(&other, &sealed).await.unwrap_err();
    assert!(error.contains("no key \"test-key-id\""), "{error}");

    let mut forged = sealed.clone();
    *forged.data.last_mut().unwrap() ^= 1;
    let mut short = sealed.clone();
    short.data.truncate(5);
    for payload in [forged, short] {
        let error = decoded(&codec(), &payload).await.unwrap_err();
        assert!(error.contains("does not fit its key"), "{error}");
    }
    let error = EncryptionCodec::new(KEY_ID, b"short").err().unwrap();
    assert!(error.to_string().contains("32 bytes"), "{error}");
}
