//! The [`Outcome`]s of ends in a history.

use chronoscope::schema::{Failure, Outcome, Retry};
use temporalio_common::protos::temporal::api::{
    enums::v1::ApplicationErrorCategory,
    failure::v1::{Failure as Proto, failure::FailureInfo},
    history::v1::WorkflowExecutionFailedEventAttributes,
};

/// A failure without a retry.
pub fn failed(error_type: &str) -> Outcome {
    Outcome::Failed(Failure::new(error_type.to_owned(), Retry::Final))
}

/// What the failure of a run means: what it failed by, without looking into that.
pub fn of_run(failure: Option<&Proto>, retry: Retry) -> Outcome {
    let of_type = |error_type| Outcome::Failed(Failure::new(error_type, retry));
    match failure.and_then(|failure| failure.failure_info.as_ref()) {
        Some(FailureInfo::ApplicationFailureInfo(_)) => match of_failure(failure) {
            Outcome::Benign(failure) => Outcome::Benign(Failure::new(failure.error_type, retry)),
            Outcome::Failed(failure) => Outcome::Failed(Failure::new(failure.error_type, retry)),
            other => other,
        },
        Some(FailureInfo::ActivityFailureInfo(_)) => of_type("ActivityError"),
        Some(FailureInfo::ChildWorkflowExecutionFailureInfo(_)) => of_type("ChildWorkflowError"),
        other => panic!("{other:?}"),
    }
}

/// Whether the core gave a run up, since its code does not fit its history.
pub fn is_nondeterminism(failed: &WorkflowExecutionFailedEventAttributes) -> bool {
    let message = failed.failure.as_ref().map(|failure| &*failure.message);
    message.is_some_and(|message| message.contains("TMPRL1100"))
}

/// What a failure means that a run got for an answer: that of what is at its root.
pub fn of_failure(failure: Option<&Proto>) -> Outcome {
    let mut root = failure.unwrap();
    while let (Some(cause), false) = (&root.cause, is_application(root)) {
        root = cause;
    }
    match root.failure_info.as_ref().unwrap() {
        FailureInfo::ApplicationFailureInfo(info) => {
            let named = match &*info.r#type {
                "" => "ApplicationError",
                named => named,
            };
            let failure = Failure::new(named.to_owned(), Retry::Final);
            match info.category() {
                ApplicationErrorCategory::Benign => Outcome::Benign(failure),
                _ => Outcome::Failed(failure),
            }
        }
        FailureInfo::CanceledFailureInfo(_) => Outcome::Cancelled,
        FailureInfo::TimeoutFailureInfo(_) => Outcome::TimedOut,
        other => panic!("{other:?}"),
    }
}

fn is_application(failure: &Proto) -> bool {
    matches!(
        failure.failure_info,
        Some(FailureInfo::ApplicationFailureInfo(_))
    )
}
