//! What an answer has to become to pass the client's callback, which takes headers and text alone.

use std::{error::Error, sync::Arc};

use http::{HeaderMap, HeaderName};
use temporalio_client::tonic::{Code, Status, transport};

use crate::rpc::status;

pub(super) const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// What was between the connection and the peer, and would confuse the client about the callback.
const OF_THE_CONNECTION: [HeaderName; 2] = [ENCODING, Status::GRPC_STATUS];

/// Takes out of an answer's headers what the client must not see again.
pub(super) fn headers(headers: &mut HeaderMap) {
    for name in &OF_THE_CONNECTION {
        headers.remove(name);
    }
}

/// Returns the status that the client can make as much of as of the connection's own.
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

/// The client retries a cancellation only where it sees that the transport made it, which it does
/// not across its callback. What it would have seen is that nobody was there any more.
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

/// Causes can't pass as such, so they are told.
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
