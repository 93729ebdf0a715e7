//! What an activity attempt means to the observed call: its outcome, message, measures and
//! heartbeats.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use temporalio_common::error::{ApplicationErrorCategory, ApplicationFailure};
use temporalio_sdk::activities::{ActivityError, ActivityInfo};
use tower::BoxError;

use super::{error::Cause, heartbeat};
use crate::{
    clock,
    execution::{ActivityAttempt, Execution, Info},
    metrics::ActivitySeries,
    observe::{ActivityKind, Beats, Call, Executing, Observer, RetryRule},
    redact,
    schema::{Failure, Outcome, Retry},
    trace::Headers,
};

/// How the SDK begins the message of a panic that it caught in an activity.
const PANICKED: &str = "Activity function panicked: ";

/// One attempt of an activity.
pub(crate) struct Attempt {
    retries: RetryRule,
    first_scheduled: Option<SystemTime>,
    series: Option<Arc<ActivitySeries>>,
    /// Its entry in the registry, while introspection is on.
    executing: Option<Executing>,
    /// The heartbeat timeout, and the observer that warns of silence.
    silence: Option<(Duration, Observer)>,
}

impl Attempt {
    /// Prepares an attempt to be measured and traced before its execution exists.
    pub(crate) fn starting(
        observer: &Observer,
        info: &mut Info,
        of: &ActivityAttempt<'_>,
        kind: &ActivityKind,
        retries: RetryRule,
        first_scheduled: Option<SystemTime>,
        headers: &impl Headers,
    ) -> Self {
        let measures = observer.measured();
        let series = measures.map(|measures| kind.series(measures, of));
        // The layer that measures also measures heartbeats.
        if series.is_some() || observer.registry().watched().is_some() {
            info.insert(Beats::starting(series.clone()));
        }
        if let Some(traces) = observer.traced() {
            traces.attempt(of, info.fields(), headers).trace(info);
        }
        Self {
            retries,
            first_scheduled,
            series,
            executing: None,
            silence: None,
        }
    }
}

impl Attempt {
    /// Registers the attempt for introspection.
    pub(crate) fn executing(mut self, observer: &Observer, execution: &Execution) -> Self {
        self.executing = Executing::begin(observer.registry(), execution.info());
        self
    }

    /// Notes the attempt's heartbeat timeout.
    pub(super) fn beating(mut self, observer: &Observer, about: &ActivityInfo) -> Self {
        let timeout = about.heartbeat_timeout.filter(|timeout| !timeout.is_zero());
        let timeout = timeout.filter(|_| !about.is_local && self.series.is_some());
        self.silence = timeout.map(|timeout| (timeout, observer.clone()));
        self
    }
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

/// One attempt of an activity inside a stack, where errors are boxed.
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
            _ => redact::said(&**error),
        }
    }

    fn measure(&self, outcome: &Outcome) {
        self.0.record(outcome);
    }
}

/// Returns the message of an activity's error, if it has one of its own.
fn message(error: &ActivityError) -> Option<String> {
    match error {
        ActivityError::Application(error) => redact::said(&**error),
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
        // The SDK catches the panic inside every interceptor and leaves only its message.
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
        if let (Some((timeout, observer)), Outcome::Completed) = (&self.silence, outcome) {
            heartbeat::warn_of_silence(observer, *timeout);
        }
        if let Some(series) = &self.series {
            let since = self.first_scheduled.map(clock::since);
            series.ended(outcome, self.retries.attempt, since);
        }
        if let Some(executing) = &self.executing {
            executing.ended(outcome);
        }
    }
}
