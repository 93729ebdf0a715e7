use std::{fmt, sync::Arc};

use temporalio_sdk::{activities::ActivityInfo, interceptors::ExecuteActivityInput};

use super::handoff::{Handoff, Polled};
use crate::execution::{Execution, current};

/// One attempt of an activity, as it goes through a stack: what a layer's `Service` is called with.
///
/// It can't be cloned or made, since an attempt runs once: a layer that would retry does not
/// compile. Nor does it hold the activity's context, which the SDK gives to the body alone, so
/// heartbeats and cancellation stay there.
pub struct ActivityCall {
    input: ExecuteActivityInput,
    pub(super) handoff: Arc<Handoff>,
    /// What the call executes in so far. It is not always what is current: a buffer calls what is
    /// inside of it from a task of its own.
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

    /// Returns what the call executes in so far.
    pub(in crate::activity) fn execution(&self) -> Option<&Execution> {
        self.execution.as_ref()
    }

    /// Has the rest of the call execute in this.
    pub(in crate::activity) fn execute_in(&mut self, execution: Execution) {
        self.execution = Some(execution);
    }

    /// Has the body polled in another way than plainly.
    pub(in crate::activity) fn poll_body(&self, polled: Polled) {
        self.handoff.poll_body(polled);
    }

    /// Returns which activity it is: its type, ids, attempt, queue and times.
    #[must_use]
    pub fn info(&self) -> &ActivityInfo {
        self.input.activity_info()
    }

    /// Returns all that the SDK hands to an interceptor, arguments and headers included. Nothing
    /// of ours looks at those.
    #[must_use]
    pub fn input(&self) -> &ExecuteActivityInput {
        &self.input
    }

    /// Returns the same, to be changed before the body sees it.
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
