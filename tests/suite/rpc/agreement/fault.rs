//! How a peer misbehaves, attempt by attempt.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use prost::Message as _;
use temporalio_client::tonic::Code;
use tonic_types::{ErrorDetails, StatusExt as _};

use super::body::Step;

/// What a call asks of the peer, by its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    UnavailableOnce,
    Unavailable,
    ExhaustedOnce,
    /// With `google.rpc.RetryInfo`.
    ExhaustedOnceWithRetryInfo,
    TooLarge,
    TrailersOnly,
    LateStatus,
    WithoutStatus,
    WithoutMessage,
    InPieces,
    SecondMessage,
    SecondMessageInOnePiece,
    BrokenFrame,
    Compressed,
    OverLimit,
    Page,
    Hangs,
    ResetInMessage,
    /// The server ends the connection, and answers what it has.
    GoAway,
    CutBeforeAnswer,
    CutInMessage,
    /// Each time.
    Cut,
    /// A fault on which the client's own connection would wait forever.
    HangsInMessage,
}

impl Fault {
    pub const ALL: &[Self] = &[
        Self::None,
        Self::UnavailableOnce,
        Self::Unavailable,
        Self::ExhaustedOnce,
        Self::ExhaustedOnceWithRetryInfo,
        Self::TooLarge,
        Self::TrailersOnly,
        Self::LateStatus,
        Self::WithoutStatus,
        Self::WithoutMessage,
        Self::InPieces,
        Self::SecondMessage,
        Self::SecondMessageInOnePiece,
        Self::BrokenFrame,
        Self::Compressed,
        Self::OverLimit,
        Self::Page,
        Self::Hangs,
        Self::ResetInMessage,
        Self::GoAway,
        Self::CutBeforeAnswer,
        Self::CutInMessage,
        Self::Cut,
    ];

    pub fn named(name: &str) -> Self {
        let mut all = Self::ALL.iter().chain(&[Self::HangsInMessage]);
        let found = all.find(|fault| format!("{fault:?}") == name);
        *found.unwrap_or(&Self::None)
    }

    /// Whether it hits whoever shares the connection.
    pub fn is_of_connection(self) -> bool {
        matches!(
            self,
            Self::GoAway | Self::CutBeforeAnswer | Self::CutInMessage | Self::Cut
        )
    }

    /// How the peer answers an attempt.
    pub fn answer(self, attempt: u64) -> Answer {
        let once = attempt == 1;
        match self {
            Self::UnavailableOnce if once => Answer::status(Code::Unavailable, "busy", None),
            Self::Unavailable => Answer::status(Code::Unavailable, "busy forever", None),
            Self::ExhaustedOnce if once => {
                Answer::status(Code::ResourceExhausted, "namespace rate limit", None)
            }
            Self::ExhaustedOnceWithRetryInfo if once => Answer::status(
                Code::ResourceExhausted,
                "namespace rate limit",
                Some(retry_in(Duration::from_millis(300))),
            ),
            Self::TooLarge => Answer::status(
                Code::ResourceExhausted,
                "grpc: received message larger than max (5 vs. 4)",
                None,
            ),
            Self::TrailersOnly => Answer::status(
                Code::NotFound,
                "nobody: 100 %",
                Some(Bytes::from_static(b"\x08\x05\x12\x06nobody")),
            ),
            Self::LateStatus => Answer::steps([
                Step::Data(framed(b"")),
                Step::Trailers(status(
                    Code::InvalidArgument,
                    "late",
                    Some(Bytes::from_static(&[1, 2, 3])),
                )),
            ]),
            Self::WithoutStatus => Answer::steps([Step::Data(framed(b""))]),
            Self::WithoutMessage => Answer::steps([Step::Trailers(ok())]),
            Self::InPieces => Answer::steps([
                Step::Data(Bytes::from_static(&[0, 0, 0])),
                Step::Data(Bytes::from_static(&[0, 0])),
                Step::Trailers(ok()),
            ]),
            Self::SecondMessage => Answer::steps([
                Step::Data(framed(b"")),
                Step::Data(framed(b"")),
                Step::Trailers(ok()),
            ]),
            Self::SecondMessageInOnePiece => Answer::steps([
                Step::Data([framed(b""), framed(b"")].concat().into()),
                Step::Trailers(ok()),
            ]),
            Self::BrokenFrame => Answer::steps([
                Step::Data(Bytes::from_static(&[0, 0])),
                Step::Trailers(ok()),
            ]),
            Self::Compressed => Answer::steps([
                Step::Data(Bytes::from_static(&[1, 0, 0, 0, 0])),
                Step::Trailers(ok()),
            ]),
            Self::OverLimit => Answer::steps([
                Step::Data(Bytes::from_static(&[0, 0x7f, 0, 0, 0])),
                Step::Trailers(ok()),
            ]),
            Self::Page => Answer {
                code: http::StatusCode::BAD_GATEWAY,
                head: HeaderMap::new(),
                steps: [Step::Data(Bytes::from_static(
                    b"<html><title>502 of a proxy</title></html>",
                ))]
                .into(),
            },
            Self::HangsInMessage => {
                Answer::steps([Step::Data(Bytes::from_static(&[0, 0, 0, 0, 9])), Step::Hang])
            }
            Self::ResetInMessage => Answer::steps([
                Step::Data(Bytes::from_static(&[0, 0, 0, 0, 9])),
                Step::Reset,
            ]),
            Self::CutInMessage if once => {
                Answer::steps([Step::Data(Bytes::from_static(&[0, 0, 0, 0, 9])), Step::Cut])
            }
            _ => Answer::steps([Step::Data(framed(b"")), Step::Trailers(ok())]),
        }
    }
}

/// What the peer sends.
pub struct Answer {
    pub code: http::StatusCode,
    pub head: HeaderMap,
    pub steps: VecDeque<Step>,
}

impl Answer {
    fn steps(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut head = HeaderMap::new();
        head.insert("from", HeaderValue::from_static("head"));
        Self {
            code: http::StatusCode::OK,
            head,
            steps: steps.into_iter().collect(),
        }
    }

    /// Trailers only: the head is all there is.
    fn status(code: Code, message: &str, details: Option<Bytes>) -> Self {
        Self {
            head: status(code, message, details),
            ..Self::steps([])
        }
    }
}

/// A message in its frame.
pub fn framed(message: &[u8]) -> Bytes {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame.into()
}

pub fn ok() -> HeaderMap {
    status(Code::Ok, "", None)
}

fn status(code: Code, message: &str, details: Option<Bytes>) -> HeaderMap {
    let details = details.unwrap_or_default();
    let mut status = tonic::Status::with_details(code, message, details);
    status.metadata_mut().insert("why", "so".parse().unwrap());
    let mut headers = HeaderMap::new();
    status.add_header(&mut headers).unwrap();
    headers
}

fn retry_in(wait: Duration) -> Bytes {
    let details = ErrorDetails::with_retry_info(Some(wait));
    let status = tonic::Status::with_error_details(Code::ResourceExhausted, "", details);
    // As a server writes it, with its own message.
    let mut whole = tonic_types::pb::Status::decode(status.details()).unwrap();
    whole.details.insert(
        0,
        prost_types::Any {
            type_url: "type.googleapis.com/temporal.api.errordetails.v1.ResourceExhaustedFailure"
                .to_owned(),
            value: vec![],
        },
    );
    whole.encode_to_vec().into()
}
