//! The adapters without the SDK around them: only for this crate's own benchmarks and tests.

use std::{collections::HashMap, fmt, sync::Arc};

use opentelemetry::Context;
use temporalio_common::protos::temporal::api::common::v1::{Header, Payload};
use temporalio_sdk::{
    activities::ActivityError,
    interceptors::{ExecuteActivityInput, ExecuteActivityOutput, ExecuteActivityResult},
};
use tower::{BoxError, Layer, Service};

pub use super::records::Records;
use crate::{
    activity::{ActivityBody, ActivityCall, ActivityOutput, Attempt, RunStack, Stack},
    commit::{Fate, Handed, Reply},
    execution::{ActivityAttempt, Execution, Info, Watched},
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

/// Returns an execution like this one, whose polls are watched as those of workflow code are.
#[must_use]
pub fn watched(execution: &Execution) -> Execution {
    let mut info = Info::new(execution.operation(), Arc::new(execution.fields().clone()));
    info.watched_as(Watched::run(1));
    Execution::new(Arc::new(info), execution.replay())
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

/// Returns whether an activation that reaches an event executes the past, given the run's tasks that
/// are out: the last task completed before each, its own start, and whether its run may be closed.
#[must_use]
pub fn is_past(reached: i64, tasks: &[(i64, i64, bool)]) -> bool {
    let tasks = tasks.iter().map(|&(previous, started, is_closed)| Handed {
        previous,
        started,
        is_closed,
    });
    crate::commit::is_past(reached, tasks)
}

/// Returns the fate that an answer to a completion decides, by the name that introspection shows.
/// `took` is what the server says if it took the completion: whether it discards the task, and
/// whether the task goes on in the next one.
#[must_use]
pub fn fate(took: Option<(bool, bool)>, is_invalid: bool, was_in_doubt: bool) -> &'static str {
    let reply = match took {
        Some((discards, beats)) => Reply::Took {
            discards,
            beats,
            results: 0,
        },
        None if is_invalid => Reply::Invalid,
        None => Reply::Unheard,
    };
    Fate::of(reply, was_in_doubt).name()
}

/// Returns what is read of the answer to a poll: token, workflow id, run id, the starts of the last
/// completed task and of this one, the attempt and the time of the start.
#[must_use]
pub fn polled(response: &[u8]) -> Option<Polled> {
    let task = crate::rpc::polled(response)?;
    let (token, workflow_id, run_id) = (task.token.to_vec(), task.workflow_id, task.run_id);
    let place = (task.previous, task.started, task.attempt);
    Some((token, workflow_id.into(), (*run_id).into(), place, task.at))
}

/// What is read of the answer to a poll.
pub type Polled = (Vec<u8>, String, String, (i64, i64, u32), (i64, i32));

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
