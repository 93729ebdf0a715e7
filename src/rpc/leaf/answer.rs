//! Reads one message, or one status, out of an HTTP response.

use std::{future::poll_fn, pin::Pin, sync::OnceLock};

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, StatusCode};
use http_body::Body as _;
use temporalio_client::tonic::{Code, Status, body::Body};

use super::{frame::PREFIX, stranger};
use crate::rpc::message::Response;

/// gRPC's header, or trailer, for the status.
static STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// What the client itself takes in one message, and the variable by which users change it.
const LIMIT_VARIABLE: &str = "TEMPORAL_MAX_INCOMING_GRPC_BYTES";
const DEFAULT_LIMIT: usize = 128 * 1024 * 1024;

fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let set = std::env::var(LIMIT_VARIABLE).ok();
        set.and_then(|bytes| bytes.parse().ok())
            .unwrap_or(DEFAULT_LIMIT)
    })
}

/// Reads the answer to a call.
pub(super) async fn read(response: http::Response<Body>, from: &str) -> Result<Response, Status> {
    let (mut parts, mut body) = response.into_parts();
    let mut is_ok = false;
    if parts.headers.contains_key(&STATUS) {
        if let Some(status) = refusal(&parts.headers) {
            return Err(status);
        }
        parts.headers.remove(&STATUS);
        is_ok = true;
    } else if parts.status != StatusCode::OK {
        return Err(stranger::status(parts.status, body, from).await);
    }
    let mut received = Received::default();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        match frame?.into_data() {
            Ok(data) => received.add(data)?,
            Err(frame) => {
                if let Ok(mut trailers) = frame.into_trailers() {
                    if let Some(mut status) = refusal(&trailers) {
                        merge(&mut status, parts.headers);
                        return Err(status);
                    }
                    is_ok |= trailers.remove(&STATUS).is_some();
                    // Most have nothing else to say.
                    if !trailers.is_empty() {
                        parts.headers.extend(trailers);
                    }
                }
            }
        }
    }
    if !is_ok {
        return Err(Status::unknown(
            "the answer broke off: it has no grpc-status",
        ));
    }
    let message = received.message()?;
    Ok(http::Response::from_parts(parts, message))
}

/// Returns the status that headers or trailers bear, if it is not OK.
fn refusal(headers: &HeaderMap) -> Option<Status> {
    match headers.get(&STATUS)?.as_bytes() {
        b"0" => None,
        _ => Status::from_header_map(headers).filter(|status| status.code() != Code::Ok),
    }
}

/// Adds the metadata of an answer's head to a status that came at its end.
fn merge(status: &mut Status, head: HeaderMap) {
    for (name, value) in &head {
        if !status.metadata().as_ref().contains_key(name) {
            status.metadata_mut().as_mut().insert(name, value.clone());
        }
    }
}

/// One message as it comes in.
#[derive(Default)]
struct Received {
    prefix: BytesMut,
    /// Room for the whole message, once its length is known.
    message: Option<(usize, Vec<u8>)>,
}

impl Received {
    fn add(&mut self, mut data: Bytes) -> Result<(), Status> {
        if self.message.is_none() {
            let missing = PREFIX - self.prefix.len();
            self.prefix
                .extend_from_slice(&data.split_to(missing.min(data.len())));
            if self.prefix.len() < PREFIX {
                return Ok(());
            }
            if self.prefix.get_u8() != 0 {
                return Err(Status::internal(
                    "the answer is compressed, which was not asked for",
                ));
            }
            let length = self.prefix.get_u32() as usize;
            if length > limit() {
                return Err(too_large(length));
            }
            self.message = Some((length, Vec::with_capacity(length)));
        }
        if let Some((length, message)) = &mut self.message {
            if message.len() + data.len() > *length {
                return Err(Status::internal("the answer is more than one message"));
            }
            message.extend_from_slice(&data);
        }
        Ok(())
    }

    fn message(self) -> Result<Bytes, Status> {
        match self.message {
            Some((length, message)) if message.len() == length => Ok(message.into()),
            _ => Err(Status::internal("the answer holds no whole message")),
        }
    }
}

/// In the words of tonic, which the client looks for.
fn too_large(length: usize) -> Status {
    Status::out_of_range(format!(
        "Error, decoded message length too large: found {length} bytes, the limit is: {} bytes",
        limit()
    ))
}
