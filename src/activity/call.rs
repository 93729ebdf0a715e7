use std::{sync::Arc, time::SystemTime};

use temporalio_common::error::{ApplicationErrorCategory, ApplicationFailure};
use temporalio_sdk::{activities::ActivityError, interceptors::ExecuteActivityResult};

use crate::{
    clock,
    metrics::ActivitySeries,
    observe::{Call, Retries},
    schema::{Failure, Outcome, Retry},
};

/// How the SDK begins the message of a panic that it caught in an activity.
const PANICKED: &str = "Activity function panicked: ";

/// One attempt of an activity.
pub(super) struct Attempt {
    pub(super) retries: Retries,
    pub(super) first_scheduled: Option<SystemTime>,
    pub(super) series: Option<Arc<ActivitySeries>>,
}

impl Call<ExecuteActivityResult> for Attempt {
    fn classify(&self, output: &ExecuteActivityResult) -> Outcome {
        match output {
            Ok(_) => Outcome::Completed,
            Err(ActivityError::WillCompleteAsync) => Outcome::WillCompleteAsync,
            Err(ActivityError::Cancelled { .. }) => Outcome::Cancelled,
            Err(ActivityError::Application(error)) => self.failed(error),
            // The SDK may add ends that this version does not know.
            Err(_) => Outcome::Failed(Failure::new("ActivityError", Retry::Retryable)),
        }
    }

    fn measure(&self, outcome: &Outcome) {
        if let Some(series) = &self.series {
            let since = self.first_scheduled.map(clock::since);
            series.ended(outcome, self.retries.attempt, since);
        }
    }
}

impl Attempt {
    fn failed(&self, error: &ApplicationFailure) -> Outcome {
        // The SDK catches the panic inside of every interceptor and leaves only its message.
        if error.source_error().to_string().starts_with(PANICKED) {
            return Outcome::Panicked;
        }
        self.retries.application(
            error.type_name(),
            error.is_non_retryable(),
            error.category() == ApplicationErrorCategory::Benign,
        )
    }
}
