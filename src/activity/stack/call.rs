//! One attempt as the layers of a stack see it.

use std::{fmt, sync::Arc};

use temporalio_sdk::{activities::ActivityInfo, interceptors::ExecuteActivityInput};

use super::handoff::{Handoff, Polled};
use crate::execution::{Execution, current};

/// One attempt of an activity on its way through a stack: the request of a layer's `Service`.
///
/// It can't be cloned or constructed, since an attempt runs once: a layer that would retry does not
/// compile. It does not hold the activity's context, which the SDK gives to the body alone, so only
/// the body can heartbeat and see cancellation.
pub struct ActivityCall {
    input: ExecuteActivityInput,
    pub(super) handoff: Arc<Handoff>,
    /// The call's execution so far. It may differ from the current one: a buffer calls its inner
    /// service from a task of its own.
    execution: Option<Execution>,
}

impl ActivityCall {
    pub(super) fn new(input: ExecuteActivityInput, handoff: Arc<Handoff>) -> Self {
        Self {
            input,
            handoff,
            execution: current(),
        }
    }

    pub(super) fn into_parts(self) -> (ExecuteActivityInput, Option<Execution>) {
        (self.input, self.execution)
    }

    /// Returns the call's execution so far.
    pub(in crate::activity) fn execution(&self) -> Option<&Execution> {
        self.execution.as_ref()
    }

    /// Makes the rest of the call run in this execution.
    pub(in crate::activity) fn execute_in(&mut self, execution: Execution) {
        self.execution = Some(execution);
    }

    /// Sets how the body is polled.
    pub(in crate::activity) fn poll_body(&self, polled: Polled) {
        self.handoff.poll_body(polled);
    }

    /// Returns the activity's type, ids, attempt, task queue and times.
    #[must_use]
    pub fn info(&self) -> &ActivityInfo {
        self.input.activity_info()
    }

    /// Returns the whole input that the SDK hands to an interceptor, including arguments and
    /// headers, which chronoscope never reads.
    #[must_use]
    pub fn input(&self) -> &ExecuteActivityInput {
        &self.input
    }

    /// Returns the same input, to be changed before the body sees it.
    pub fn input_mut(&mut self) -> &mut ExecuteActivityInput {
        &mut self.input
    }
}

impl fmt::Debug for ActivityCall {
    /// Payloads are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.info();
        f.debug_struct("ActivityCall")
            .field("activity_type", &info.activity_type)
            .field("activity_id", &info.activity_id)
            .field("attempt", &info.attempt)
            .field("workflow_id", &info.workflow_id)
            .field("task_queue", &info.task_queue)
            .finish_non_exhaustive()
    }
}
