use std::{sync::Arc, time::SystemTime};

use temporalio_common::{
    data_converters::PayloadConversionError,
    error::{ApplicationErrorCategory, ApplicationFailure},
};
use temporalio_sdk::activities::ActivityError;
use tower::BoxError;

use super::error::Cause;
use crate::{
    clock,
    execution::{Info, Value},
    metrics::{ActivitySeries, Caller, Measures},
    observe::{Call, Observer, Retries},
    schema::{Failure, Field, Outcome, Retry},
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
        info: Info,
        retries: Retries,
        first_scheduled: Option<SystemTime>,
        headers: &impl Headers,
    ) -> (Self, Info) {
        let series = observer.measured().map(|measures| series(measures, &info));
        let info = match &series {
            Some(series) => info.measured_by(series.clone(), clock::now()),
            None => info,
        };
        let info = match observer.traced() {
            Some(traces) => traces.attempt(info.fields(), headers).trace(info),
            None => info,
        };
        let attempt = Self {
            retries,
            first_scheduled,
            series,
        };
        (attempt, info)
    }
}

fn series(measures: &Measures, info: &Info) -> Arc<ActivitySeries> {
    let (mut namespace, mut task_queue, mut activity_type) = ("", "", "");
    let mut caller = Caller::default();
    // Once over the fields, not once for each.
    for (field, value) in info.fields().iter() {
        match (field, value) {
            (Field::Namespace, Value::Text(text)) => namespace = text,
            (Field::TaskQueue, Value::Text(text)) => task_queue = text,
            (Field::ActivityType, Value::Text(text)) => activity_type = text,
            (Field::WorkflowType, Value::Text(text)) => caller.workflow_type = text,
            (Field::IsLocal, Value::Flag(is_local)) => caller.is_local = *is_local,
            _ => {}
        }
    }
    measures.activity(namespace, task_queue, activity_type, caller)
}

impl<T> Call<Result<T, ActivityError>> for Attempt {
    fn classify(&self, output: &Result<T, ActivityError>) -> Outcome {
        match output {
            Ok(_) => Outcome::Completed,
            Err(error) => self.ended_by(error),
        }
    }

    fn message(&self, output: &Result<T, ActivityError>) -> Option<String> {
        output.as_ref().err().and_then(message)
    }

    fn measure(&self, outcome: &Outcome) {
        self.record(outcome);
    }
}

/// One attempt of an activity as it is inside of a stack, where errors are boxed.
pub(super) struct InStack(pub(super) Attempt);

impl<T> Call<Result<T, BoxError>> for InStack {
    fn classify(&self, output: &Result<T, BoxError>) -> Outcome {
        let Err(error) = output else {
            return Outcome::Completed;
        };
        let unknown = || self.0.retries.application(None, false, false);
        match Cause::of(error) {
            Cause::Activity(failed) => failed
                .read(|error| self.0.ended_by(error))
                .unwrap_or_else(unknown),
            Cause::Application(failure) => self.0.failed(failure),
            Cause::Layer(name) => self.0.retries.application(Some(&name), false, false),
        }
    }

    fn message(&self, output: &Result<T, BoxError>) -> Option<String> {
        let error = output.as_ref().err()?;
        match Cause::of(error) {
            Cause::Activity(failed) => failed.read(message).flatten(),
            _ => Some(error.to_string()),
        }
    }

    fn measure(&self, outcome: &Outcome) {
        self.0.record(outcome);
    }
}

/// Returns the message of an activity's error, where it has one of its own.
fn message(error: &ActivityError) -> Option<String> {
    match error {
        ActivityError::Application(error) => {
            let own = error.source_error();
            // A conversion's message may quote what it could not convert.
            (!own.is::<PayloadConversionError>()).then(|| own.to_string())
        }
        _ => None,
    }
}

impl Attempt {
    fn ended_by(&self, error: &ActivityError) -> Outcome {
        match error {
            ActivityError::WillCompleteAsync => Outcome::WillCompleteAsync,
            ActivityError::Cancelled { .. } => Outcome::Cancelled,
            ActivityError::Application(error) => self.failed(error),
            // The SDK may add ends that this version does not know.
            _ => Outcome::Failed(Failure::new("ActivityError", Retry::Retryable)),
        }
    }

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

    fn record(&self, outcome: &Outcome) {
        if let Some(series) = &self.series {
            let since = self.first_scheduled.map(clock::since);
            series.ended(outcome, self.retries.attempt, since);
        }
    }
}
