//! What the errors of client calls mean as outcomes.

use std::error::Error as _;

use temporalio_client::{
    errors::{
        AsyncActivityError, ClientError, WorkflowInteractionError, WorkflowQueryError,
        WorkflowStartError, WorkflowUpdateError, WorkflowUpdateWithStartError,
    },
    schedules::ScheduleError,
    tonic::{Code, Status, TimeoutExpired},
};

use crate::{
    observe::Call,
    schema::{Failure, Outcome, Retry},
};

/// A client call.
pub(super) struct ClientCall;

impl<T, E: Classify> Call<Result<T, E>> for ClientCall {
    fn classify(&self, output: &Result<T, E>) -> Outcome {
        match output {
            Ok(_) => Outcome::Completed,
            Err(error) => error.classify(),
        }
    }
}

/// Classifies an error of the client.
pub(super) trait Classify {
    /// Returns the outcome of a call that ended with this error.
    fn classify(&self) -> Outcome;
}

/// An error of which only the kind is known. The client has already retried.
fn failed(error_type: &'static str) -> Outcome {
    Outcome::Failed(Failure::new(error_type, Retry::Final))
}

fn rpc(status: &Status) -> Outcome {
    match status.code() {
        // A deadline that passes on this side is reported as a cancellation.
        Code::Cancelled if expired(status) => Outcome::TimedOut,
        // It was returned as an error all the same.
        Code::Ok => failed("OK"),
        code => Outcome::of_status(code as i32),
    }
}

fn expired(status: &Status) -> bool {
    let causes = std::iter::successors(status.source(), |&cause| cause.source());
    causes.into_iter().any(|cause| cause.is::<TimeoutExpired>())
}

const CONVERSION: &str = "PayloadConversionError";
const OTHER: &str = "OTHER";

macro_rules! classify {
    ($($error:ident { $($pattern:pat => $outcome:expr,)* })*) => {
        $(impl Classify for $error {
            fn classify(&self) -> Outcome {
                // The errors are open enums of the SDK.
                #[allow(unreachable_patterns)]
                match self {
                    $($pattern => $outcome,)*
                    _ => failed(OTHER),
                }
            }
        })*
    };
}

classify! {
    ClientError {
        Self::Rpc(status) => rpc(status),
        Self::PayloadConversion(_) => failed(CONVERSION),
    }
    WorkflowStartError {
        // Two starts with one id are how callers deduplicate: expected, and no one's fault.
        Self::AlreadyStarted { .. } => {
            Outcome::Benign(Failure::new("ALREADY_EXISTS", Retry::Final))
        },
        Self::Rpc(status) => rpc(status),
        Self::PayloadConversion(_) => failed(CONVERSION),
    }
    WorkflowInteractionError {
        Self::NotFound(status) | Self::Rpc(status) => rpc(status),
        Self::PayloadConversion(_) => failed(CONVERSION),
    }
    WorkflowQueryError {
        Self::NotFound(status) | Self::Rpc(status) => rpc(status),
        Self::Rejected { .. } => failed("QueryRejected"),
        Self::PayloadConversion(_) => failed(CONVERSION),
    }
    WorkflowUpdateError {
        Self::NotFound(status) | Self::Rpc(status) => rpc(status),
        Self::Failed(_) => failed("UpdateFailed"),
        Self::PayloadConversion(_) => failed(CONVERSION),
    }
    WorkflowUpdateWithStartError {
        Self::Start(error) => error.classify(),
        Self::Update(error) => error.classify(),
        Self::Rpc(status) => rpc(status),
        Self::PayloadConversion(_) => failed(CONVERSION),
    }
    AsyncActivityError {
        Self::NotFound(status) | Self::Rpc(status) => rpc(status),
        Self::PayloadConversion(_) => failed(CONVERSION),
    }
    ScheduleError {
        Self::Rpc(status) => rpc(status),
    }
}
