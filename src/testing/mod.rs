//! Executions for tests and benchmarks, without a server.
//!
//! Workflow code that logs can be unit-tested, replay included, by running it inside of an
//! execution made here.
//!
//! ```
//! use chronoscope::{
//!     execution::Phase,
//!     schema::{Field, Operation},
//!     testing::execution,
//! };
//!
//! let replaying = execution(Operation::RunWorkflow)
//!     .field(Field::WorkflowId, "order-7")
//!     .phase(Phase::Replaying)
//!     .build();
//! replaying.run(|| chronoscope::info!("never comes out"));
//! ```

mod stacked;

use std::{collections::HashMap, sync::Arc};

use opentelemetry::Context;
use temporalio_common::protos::temporal::api::common::v1::{Header, Payload};
use temporalio_sdk::activities::ActivityError;

pub use self::stacked::{Stacked, stacked};
use crate::{
    activity::Attempt,
    execution::{ActivityAttempt, Execution, Fields, Info, Phase, Policy, Replay, Value},
    observability::Observability,
    observe::{Retries, observe},
    schema::{Field, Operation},
    trace::Headers,
};

/// Starts building an execution: live, without fields.
pub fn execution(operation: Operation) -> ExecutionBuilder {
    ExecutionBuilder {
        operation,
        fields: Fields::default(),
        replay: Replay::LIVE,
    }
}

/// Builds an [`Execution`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ExecutionBuilder {
    operation: Operation,
    fields: Fields,
    replay: Replay,
}

impl ExecutionBuilder {
    /// Adds a field.
    pub fn field(mut self, field: Field, value: impl Into<Value>) -> Self {
        self.fields = self.fields.with(field, value);
        self
    }

    /// Sets the phase. Default: live.
    pub fn phase(mut self, phase: Phase) -> Self {
        self.replay.phase = phase;
        self
    }

    /// Sets the replay policy. Default: suppress.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.replay.policy = policy;
        self
    }

    /// Returns the execution.
    #[must_use]
    pub fn build(self) -> Execution {
        let info = Info::new(self.operation, Arc::new(self.fields));
        Execution::new(Arc::new(info), self.replay)
    }
}

/// Runs a future as one attempt of an activity, with all that a worker's layer does round it:
/// hooks and measures.
///
/// ```
/// use chronoscope::{
///     Observability,
///     schema::{Field, Operation},
///     testing::{attempt, execution},
/// };
///
/// # async fn test() {
/// let charge = execution(Operation::RunActivity)
///     .field(Field::ActivityType, "charge")
///     .build();
/// let observability = Observability::builder().build().unwrap();
/// let charged = attempt(&observability, charge, || async { Ok(42) }).await;
/// assert_eq!(charged.unwrap(), 42);
/// # }
/// ```
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

/// The same as [`attempt`], for one that these headers came with.
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
    let retries = Retries::default();
    let call = Attempt::starting(observer, &mut info, &attempt, &kind, retries, None, headers);
    let execution = Execution::new(Arc::new(info), execution.replay());
    observe(observer, execution, call, body)
}

/// Returns the headers by which a call hands on the OpenTelemetry context that is current here.
#[must_use]
pub fn headers(observability: &Observability) -> HashMap<String, Payload> {
    let mut headers = HashMap::new();
    if let Some(traces) = observability.observer().traced() {
        traces.write(&Context::current(), &mut headers);
    }
    headers
}
