//! Converts a response so that it can pass the client's callback, which takes only headers and
//! text.

use std::{error::Error, sync::Arc};

use http::{HeaderMap, HeaderName};
use temporalio_client::tonic::{Code, Status, transport};

use crate::rpc::status;

pub(super) const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// Headers of the connection to the peer, which would confuse the client about the callback.
const OF_THE_CONNECTION: [HeaderName; 2] = [ENCODING, Status::GRPC_STATUS];

/// Removes the headers of a response that the client must not see again.
pub(super) fn headers(headers: &mut HeaderMap) {
    for name in &OF_THE_CONNECTION {
        headers.remove(name);
    }
}

/// Returns a status that the client treats like the connection's own.
pub(super) fn status(mut status: Status, page: Option<String>) -> Status {
    headers(status.metadata_mut().as_mut());
    let is_local = status.source().is_some() && !status::expired(&status);
    if !is_local && page.is_none() {
        return status;
    }
    let mut told = Status::with_details_and_metadata(
        code(&status),
        message(&status, page),
        bytes::Bytes::copy_from_slice(status.details()),
        status.metadata().clone(),
    );
    told.set_source(Arc::new(status));
    told
}

/// The client retries a cancellation only if it sees that the transport made it, which it can't see
/// across its callback. It would have seen that the peer was gone.
fn code(status: &Status) -> Code {
    let by_transport = || {
        status
            .source()
            .is_some_and(<dyn Error>::is::<transport::Error>)
    };
    match status.code() {
        Code::Cancelled if by_transport() => Code::Unavailable,
        code => code,
    }
}

/// Causes can't pass as errors, so they become part of the message.
fn message(status: &Status, page: Option<String>) -> String {
    let mut text = status.message().to_owned();
    let causes = status.source().into_iter().flat_map(status::causes);
    let causes = causes.map(|cause| match cause.downcast_ref::<Status>() {
        Some(status) => status.message().to_owned(),
        None => cause.to_string(),
    });
    for cause in causes.chain(page) {
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}
