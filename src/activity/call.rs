use temporalio_common::error::{ApplicationErrorCategory, ApplicationFailure};
use temporalio_sdk::{activities::ActivityError, interceptors::ExecuteActivityResult};

use crate::{
    observe::{Call, Retries},
    schema::{Failure, Outcome, Retry},
};

/// How the SDK begins the message of a panic that it caught in an activity.
const PANICKED: &str = "Activity function panicked: ";

/// The type of an error that has none of its own.
const UNKNOWN: &str = "ActivityError";

/// One attempt of an activity.
pub(super) struct Attempt {
    pub(super) retries: Retries,
}

impl Call<ExecuteActivityResult> for Attempt {
    fn classify(&self, output: &ExecuteActivityResult) -> Outcome {
        match output {
            Ok(_) => Outcome::Completed,
            Err(ActivityError::WillCompleteAsync) => Outcome::WillCompleteAsync,
            Err(ActivityError::Cancelled { .. }) => Outcome::Cancelled,
            Err(ActivityError::Application(error)) => self.failed(error),
            // The SDK may add ends that this version does not know.
            Err(_) => Outcome::Failed(Failure::new(UNKNOWN, Retry::Retryable)),
        }
    }
}

impl Attempt {
    fn failed(&self, error: &ApplicationFailure) -> Outcome {
        // The SDK catches the panic inside of every interceptor and leaves only its message.
        if error.source_error().to_string().starts_with(PANICKED) {
            return Outcome::Panicked;
        }
        let error_type = error.type_name().unwrap_or("ApplicationError").to_owned();
        let retry = self.retries.after(&error_type, error.is_non_retryable());
        let failure = Failure::new(error_type, retry);
        match error.category() {
            ApplicationErrorCategory::Benign => Outcome::Benign(failure),
            _ => Outcome::Failed(failure),
        }
    }
}
