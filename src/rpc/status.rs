//! The status that the client gets for an error of a stack.

use std::error::Error;

use temporalio_client::tonic::{Code, Status, TimeoutExpired};
use tower::{BoxError, load_shed::error::Overloaded, timeout::error::Elapsed};

/// Returns the status code of an error.
///
/// | error | status |
/// |---|---|
/// | a `Status`, or an error with one among its causes | that status |
/// | `Elapsed` of tower's `Timeout` | `DEADLINE_EXCEEDED` |
/// | `Overloaded` of tower's `LoadShed` | `RESOURCE_EXHAUSTED`, which the client backs off from |
/// | any other | `UNKNOWN` |
pub(super) fn code(error: &(dyn Error + 'static)) -> Code {
    causes(error).find_map(code_of).unwrap_or(Code::Unknown)
}

fn code_of(error: &(dyn Error + 'static)) -> Option<Code> {
    if let Some(status) = error.downcast_ref::<Status>() {
        Some(match status.code() {
            Code::Cancelled if expired(status) => Code::DeadlineExceeded,
            code => code,
        })
    } else if error.is::<Elapsed>() || error.is::<TimeoutExpired>() {
        Some(Code::DeadlineExceeded)
    } else if error.is::<Overloaded>() {
        Some(Code::ResourceExhausted)
    } else {
        None
    }
}

/// Returns the status that the client gets for an error.
pub(super) fn status(error: BoxError) -> Status {
    match error.downcast::<Status>() {
        Ok(status) => *status,
        Err(error) => {
            if let Some(status) = find(&*error) {
                return copy(status);
            }
            Status::new(code(&*error), chain(&*error))
        }
    }
}

/// Returns the status that an error is, or has among its causes.
pub(super) fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Status> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn copy(status: &Status) -> Status {
    Status::with_details_and_metadata(
        status.code(),
        status.message(),
        bytes::Bytes::copy_from_slice(status.details()),
        status.metadata().clone(),
    )
}

/// Returns whether a deadline passed on this side, which tonic reports as a cancellation.
pub(super) fn expired(status: &Status) -> bool {
    status
        .source()
        .is_some_and(|source| causes(source).any(|cause| cause.is::<TimeoutExpired>()))
}

/// Returns an error and all its causes as one line.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let cause = cause.to_string();
        // Some errors already repeat their cause.
        if !text.ends_with(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

/// Returns an error and its causes.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}
