//! The ends of operations that a workflow waits for, as outcomes and messages.

use std::error::Error;

use temporalio_common::{
    error::{OutgoingWorkflowError, WorkflowSignalError},
    protos::temporal::api::{
        enums::v1::ApplicationErrorCategory,
        failure::v1::{Failure as Proto, failure::FailureInfo},
    },
};
use temporalio_sdk::{
    TimerResult,
    workflow_interceptors::{
        CancelExternalWorkflowResult, ScheduleActivityResult, SignalWorkflowResult,
        StartChildWorkflowResult, StartNexusOperationResult,
    },
};

use crate::{
    redact,
    schema::{Failure, Outcome, Retry},
};

/// The end of an operation that a workflow waited for.
pub(super) trait Ended {
    /// Returns the outcome of the end.
    fn outcome(&self) -> Outcome;

    /// Returns the message of the root error, if that is the application's or Temporal's.
    fn message(&self) -> Option<String> {
        None
    }
}

impl Ended for TimerResult {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Fired => Outcome::Completed,
            Self::Cancelled => Outcome::Cancelled,
        }
    }
}

macro_rules! ended {
    ($($result:ty { $failure:expr, else $other:literal })*) => {
        $(impl Ended for $result {
            fn outcome(&self) -> Outcome {
                match self {
                    Ok(_) => Outcome::Completed,
                    Err(error) => match $failure(error) {
                        Some(failure) => of_proto(failure),
                        // The message may quote the value that could not be converted.
                        None => Outcome::Failed(Failure::new($other, Retry::Final)),
                    },
                }
            }

            fn message(&self) -> Option<String> {
                message($failure(self.as_ref().err()?)?)
            }
        })*
    };
}

ended! {
    ScheduleActivityResult {
        temporalio_common::error::ActivityExecutionError::failure, else "PayloadConversionError"
    }
    StartChildWorkflowResult {
        temporalio_common::error::ChildWorkflowStartError::failure, else "ChildWorkflowStartError"
    }
    SignalWorkflowResult { WorkflowSignalError::failure, else "PayloadConversionError" }
    CancelExternalWorkflowResult {
        temporalio_common::error::CancelExternalWorkflowError::failure, else "PayloadConversionError"
    }
    StartNexusOperationResult { Some, else "NexusOperationError" }
}

/// Returns the message of the error that a run ended with.
pub(super) fn of_run(error: &OutgoingWorkflowError) -> Option<String> {
    use OutgoingWorkflowError as E;
    match error {
        E::Application(error) => redact::said(&**error),
        E::ActivityExecution(error) => message(error.failure()?),
        E::ChildWorkflowExecution(error) => message(error.failure()?),
        E::ChildWorkflowStart(error) => message(error.failure()?),
        E::WorkflowSignal(error) => message(error.failure()?),
        E::CancelExternalWorkflow(error) => message(error.failure()?),
        // Not the application's own text.
        _ => None,
    }
}

/// Returns the message of the error that a handler ended with, without the SDK's wrapping.
pub(super) fn of_handler(error: &(dyn Error + 'static)) -> Option<String> {
    redact::said(error.source()?)
}

/// Returns the outcome of a recorded failure, and the message of the error at its root.
#[cfg(feature = "rebuild")]
pub(crate) fn of_failure(failure: Option<&Proto>) -> (Outcome, Option<String>) {
    match failure {
        Some(failure) => (of_proto(failure), message(failure)),
        None => (
            Outcome::Failed(Failure::new("TemporalError", Retry::Final)),
            None,
        ),
    }
}

/// Returns the failure at the root: its wrappers only say where it came from.
fn root(failure: &Proto) -> &Proto {
    let mut root = failure;
    while let Some(cause) = &root.cause {
        if matches!(
            root.failure_info,
            Some(FailureInfo::ApplicationFailureInfo(_))
        ) {
            break;
        }
        root = cause;
    }
    root
}

/// Returns the message of the root failure if it is the application's; for others the kind says
/// everything.
fn message(failure: &Proto) -> Option<String> {
    let root = root(failure);
    let is_application = matches!(
        root.failure_info,
        Some(FailureInfo::ApplicationFailureInfo(_))
    );
    (is_application && redact::recorded(&root.message)).then(|| root.message.clone())
}

fn of_proto(failure: &Proto) -> Outcome {
    let error_type = match &root(failure).failure_info {
        Some(FailureInfo::CanceledFailureInfo(_)) => return Outcome::Cancelled,
        Some(FailureInfo::TimeoutFailureInfo(_)) => return Outcome::TimedOut,
        Some(FailureInfo::ApplicationFailureInfo(info)) => {
            let named = Some(info.r#type.clone()).filter(|name| !name.is_empty());
            let error_type = named.unwrap_or_else(|| "ApplicationError".to_owned());
            let failure = Failure::new(error_type, Retry::Final);
            return match info.category() {
                ApplicationErrorCategory::Benign => Outcome::Benign(failure),
                _ => Outcome::Failed(failure),
            };
        }
        Some(FailureInfo::TerminatedFailureInfo(_)) => "TerminatedError",
        Some(FailureInfo::ServerFailureInfo(_)) => "ServerError",
        _ => "TemporalError",
    };
    Outcome::Failed(Failure::new(error_type, Retry::Final))
}
