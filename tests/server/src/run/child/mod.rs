//! Children, as their parent sees them.

mod command;
mod end;

use super::{
    Event, Run,
    state::{Child, State},
};
use crate::proto::{
    Attributes, WorkflowExecution, enums::StartChildWorkflowExecutionFailedCause, history,
};

impl State {
    pub(super) fn apply_child(&mut self, id: i64, attributes: &Attributes) {
        let ended = match attributes {
            Attributes::StartChildWorkflowExecutionInitiatedEventAttributes(initiated) => {
                let child = Child {
                    workflow_id: initiated.workflow_id.clone(),
                    run_id: None,
                    started_id: 0,
                    policy: initiated.parent_close_policy(),
                };
                self.children.insert(id, child);
                return;
            }
            Attributes::ChildWorkflowExecutionStartedEventAttributes(started) => {
                if let Some(child) = self.children.get_mut(&started.initiated_event_id) {
                    let execution = started.workflow_execution.as_ref();
                    child.run_id = execution.map(|execution| execution.run_id.clone());
                    child.started_id = id;
                }
                return;
            }
            Attributes::StartChildWorkflowExecutionFailedEventAttributes(end) => {
                end.initiated_event_id
            }
            Attributes::ChildWorkflowExecutionCompletedEventAttributes(end) => {
                end.initiated_event_id
            }
            Attributes::ChildWorkflowExecutionFailedEventAttributes(end) => end.initiated_event_id,
            Attributes::ChildWorkflowExecutionCanceledEventAttributes(end) => {
                end.initiated_event_id
            }
            Attributes::ChildWorkflowExecutionTimedOutEventAttributes(end) => {
                end.initiated_event_id
            }
            Attributes::ChildWorkflowExecutionTerminatedEventAttributes(end) => {
                end.initiated_event_id
            }
            _ => return,
        };
        self.children.remove(&ended);
    }
}

impl Run {
    /// What a child is to be started with.
    pub(crate) fn child_initiated(
        &self,
        id: i64,
    ) -> Option<&history::StartChildWorkflowExecutionInitiatedEventAttributes> {
        match self.event(id)?.attributes.as_ref()? {
            Attributes::StartChildWorkflowExecutionInitiatedEventAttributes(child) => Some(child),
            _ => None,
        }
    }

    /// The child started.
    pub(crate) fn child_started(&mut self, id: i64, run_id: &str) {
        let Some(child) = self.child_initiated(id) else {
            return;
        };
        let event = Event::new(history::ChildWorkflowExecutionStartedEventAttributes {
            namespace: child.namespace.clone(),
            initiated_event_id: id,
            workflow_execution: Some(WorkflowExecution {
                workflow_id: child.workflow_id.clone(),
                run_id: run_id.to_owned(),
            }),
            workflow_type: child.workflow_type.clone(),
            header: child.header.clone(),
            ..Default::default()
        });
        self.arrive(event);
    }

    /// The child could not start: its id is taken.
    pub(crate) fn child_refused(&mut self, id: i64) {
        let Some(child) = self.child_initiated(id) else {
            return;
        };
        let cause = StartChildWorkflowExecutionFailedCause::WorkflowAlreadyExists;
        let event = Event::new(history::StartChildWorkflowExecutionFailedEventAttributes {
            namespace: child.namespace.clone(),
            workflow_id: child.workflow_id.clone(),
            workflow_type: child.workflow_type.clone(),
            cause: cause.into(),
            initiated_event_id: id,
            ..Default::default()
        });
        self.arrive(event);
    }
}
