//! The adapters without the SDK around them: only for this crate's own benchmarks and tests.

use std::{collections::HashMap, fmt, sync::Arc};

use opentelemetry::Context;
use temporalio_common::protos::temporal::api::common::v1::{Header, Payload};
use temporalio_sdk::{
    activities::ActivityError,
    interceptors::{ExecuteActivityInput, ExecuteActivityOutput, ExecuteActivityResult},
};
use tower::{BoxError, Layer, Service};

use crate::{
    activity::{ActivityBody, ActivityCall, ActivityOutput, Attempt, RunStack, Stack},
    execution::{ActivityAttempt, Execution, Info},
    observability::Observability,
    observe::{RetryRule, observe},
    redact::{self, Mismatch},
    trace::Headers,
};

/// Runs a future as one attempt of an activity, with everything that a worker's layer does around
/// it: hooks and measures.
pub fn attempt<T, F>(
    observability: &Observability,
    execution: Execution,
    body: impl FnOnce() -> F,
) -> impl Future<Output = F::Output>
where
    F: Future<Output = Result<T, ActivityError>>,
{
    const NO_HEADERS: &Option<Header> = &None;
    run(observability, execution, NO_HEADERS, body)
}

/// The same as [`attempt`], with these headers.
pub fn attempt_with<T, F>(
    observability: &Observability,
    execution: Execution,
    headers: &HashMap<String, Payload>,
    body: impl FnOnce() -> F,
) -> impl Future<Output = F::Output>
where
    F: Future<Output = Result<T, ActivityError>>,
{
    run(observability, execution, headers, body)
}

fn run<T, F>(
    observability: &Observability,
    execution: Execution,
    headers: &impl Headers,
    body: impl FnOnce() -> F,
) -> impl Future<Output = F::Output>
where
    F: Future<Output = Result<T, ActivityError>>,
{
    let observer = observability.observer();
    let attempt = ActivityAttempt::of(execution.fields());
    let kind = observer.kind(&attempt);
    let fields = Arc::new(attempt.fields(&kind.fields));
    let mut info = Info::new(execution.operation(), fields);
    let retries = RetryRule::default();
    let call = Attempt::starting(observer, &mut info, &attempt, &kind, retries, None, headers);
    let execution = Execution::new(Arc::new(info), execution.replay());
    let call = call.executing(observer, &execution);
    observe(observer, execution, call, body)
}

/// Returns a live execution like this one, as a worker's layer makes it: with the context span, if the
/// builder asked for that.
#[must_use]
pub fn observed(observability: &Observability, execution: &Execution) -> Execution {
    let fields = Arc::new(execution.fields().clone());
    let info = Info::new(execution.operation(), fields);
    observability.observer().execution_of(info)
}

/// Returns the headers with which a call passes on the current OpenTelemetry context.
#[must_use]
pub fn headers(observability: &Observability) -> HashMap<String, Payload> {
    let mut headers = HashMap::new();
    if let Some(traces) = observability.observer().traced() {
        traces.write(&Context::current(), &mut headers);
    }
    headers
}

/// A built stack, to be called with an interceptor's input from the SDK.
pub struct Stacked<S>(RunStack<S>);

/// Builds a stack.
pub fn stacked<L>(stack: &Stack<L>) -> Stacked<L::Service>
where
    L: Layer<ActivityBody>,
    L::Service: Service<ActivityCall, Response = ActivityOutput>,
    <L::Service as Service<ActivityCall>>::Error: Into<BoxError>,
{
    Stacked(stack.build())
}

impl<S> Stacked<S>
where
    S: Service<ActivityCall, Response = ActivityOutput>,
    S::Error: Into<BoxError>,
{
    /// Runs an attempt with a given body.
    ///
    /// # Errors
    ///
    /// Returns the error of the body or of a layer.
    pub async fn run<'a>(
        &self,
        input: ExecuteActivityInput,
        body: impl FnOnce(ExecuteActivityInput) -> ExecuteActivityOutput<'a>,
    ) -> ExecuteActivityResult {
        self.0.run(input, body).await
    }
}

impl<S> fmt::Debug for Stacked<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stacked").finish_non_exhaustive()
    }
}

/// Returns what did not match, by a message of the core's: its form, the event's id and kind, what
/// the history has and what the code gave.
#[must_use]
pub fn mismatch(message: &str) -> (&'static str, u64, String, String, String) {
    let found = redact::mismatch(message);
    let Mismatch {
        form,
        event_id,
        event,
        recorded,
        given,
    } = found;
    (form, event_id, event, recorded, given)
}
