//! How a child ended, as its parent is told.

use crate::{
    proto::{WorkflowExecution, history},
    run::{Event, Run, effect::ChildEnd},
};

/// An event about the child, with what the event alone has.
macro_rules! told {
    ($event:ident, $child:ident, $id:ident, $execution:ident, { $($field:ident: $value:expr),* }) => {
        Event::new(history::$event {
            namespace: $child.namespace.clone(),
            workflow_execution: Some($execution),
            workflow_type: $child.workflow_type.clone(),
            initiated_event_id: $id,
            $($field: $value,)*
            ..Default::default()
        })
    };
}

impl Run {
    /// The child ended.
    pub(crate) fn child_ended(&mut self, id: i64, run_id: &str, end: ChildEnd) {
        let known = self.state.children.contains_key(&id);
        let Some(child) = self.child_initiated(id).filter(|_| known) else {
            return;
        };
        let execution = WorkflowExecution {
            workflow_id: child.workflow_id.clone(),
            run_id: run_id.to_owned(),
        };
        let event = match end {
            ChildEnd::Completed(result) => {
                told!(ChildWorkflowExecutionCompletedEventAttributes, child, id, execution, { result: result })
            }
            ChildEnd::Failed(failure, state) => {
                told!(ChildWorkflowExecutionFailedEventAttributes, child, id, execution, {
                    failure: failure.map(|failure| *failure),
                    retry_state: state.into()
                })
            }
            ChildEnd::Canceled(details) => {
                told!(ChildWorkflowExecutionCanceledEventAttributes, child, id, execution, { details: details })
            }
            ChildEnd::TimedOut(state) => {
                told!(ChildWorkflowExecutionTimedOutEventAttributes, child, id, execution, {
                    retry_state: state.into()
                })
            }
            ChildEnd::Terminated => {
                told!(
                    ChildWorkflowExecutionTerminatedEventAttributes,
                    child,
                    id,
                    execution,
                    {}
                )
            }
        };
        self.arrive(event);
    }
}
