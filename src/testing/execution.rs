//! Builds executions without a worker.

use std::sync::Arc;

use crate::{
    execution::{Execution, Fields, Info, Phase, Policy, Replay, Value},
    schema::{Field, Operation},
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
///
/// ```
/// use chronoscope::{
///     execution::{Phase, current},
///     schema::{Field, Operation},
///     testing::execution,
/// };
///
/// let replayed = execution(Operation::RunWorkflow)
///     .field(Field::WorkflowId, "order-42")
///     .phase(Phase::Replaying)
///     .build();
/// let is_replaying = replayed.run(|| current().map(|now| now.replay().phase) == Some(Phase::Replaying));
/// assert!(is_replaying);
/// ```
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
