use std::{sync::Arc, time::SystemTime};

use temporalio_common::{
    data_converters::PayloadConversionError,
    error::{ApplicationErrorCategory, ApplicationFailure},
};
use temporalio_sdk::activities::ActivityError;

use crate::{
    clock,
    execution::{ActivityAttempt, Info},
    metrics::ActivitySeries,
    observe::{ActivityKind, Call, Observer, Retries},
    schema::{Failure, Outcome, Retry},
    trace::Headers,
};

/// How the SDK begins the message of a panic that it caught in an activity.
const PANICKED: &str = "Activity function panicked: ";

/// One attempt of an activity.
pub(crate) struct Attempt {
    retries: Retries,
    first_scheduled: Option<SystemTime>,
    series: Option<Arc<ActivitySeries>>,
}

impl Attempt {
    /// Prepares the attempt that an execution will be of to be measured and traced.
    pub(crate) fn starting(
        observer: &Observer,
        info: &mut Info,
        of: &ActivityAttempt<'_>,
        kind: &ActivityKind,
        retries: Retries,
        first_scheduled: Option<SystemTime>,
        headers: &impl Headers,
    ) -> Self {
        let series = kind.series.clone();
        if let Some(series) = &series {
            info.measured_by(series.clone(), clock::now());
        }
        if let Some(traces) = observer.traced() {
            traces.attempt(of, info.fields(), headers).trace(info);
        }
        Self {
            retries,
            first_scheduled,
            series,
        }
    }
}

impl<T> Call<Result<T, ActivityError>> for Attempt {
    fn classify(&self, output: &Result<T, ActivityError>) -> Outcome {
        match output {
            Ok(_) => Outcome::Completed,
            Err(ActivityError::WillCompleteAsync) => Outcome::WillCompleteAsync,
            Err(ActivityError::Cancelled { .. }) => Outcome::Cancelled,
            Err(ActivityError::Application(error)) => self.failed(error),
            // The SDK may add ends that this version does not know.
            Err(_) => Outcome::Failed(Failure::new("ActivityError", Retry::Retryable)),
        }
    }

    fn message(&self, output: &Result<T, ActivityError>) -> Option<String> {
        match output {
            Err(ActivityError::Application(error)) => {
                let own = error.source_error();
                // A conversion's message may quote what it could not convert.
                (!own.is::<PayloadConversionError>()).then(|| own.to_string())
            }
            _ => None,
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
