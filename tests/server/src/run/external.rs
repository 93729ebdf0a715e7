//! Signals and requests to cancel that a run sends to others.

use super::{
    Event, Run,
    command::check_text,
    complete::{Taking, TaskFailure},
    effect::Effect,
    state::State,
};
use crate::proto::{
    Attributes, WorkflowExecution, WorkflowTaskFailedCause as Cause, command,
    enums::{
        CancelExternalWorkflowExecutionFailedCause, SignalExternalWorkflowExecutionFailedCause,
    },
    history,
};

impl State {
    pub(super) fn apply_external(&mut self, id: i64, attributes: &Attributes) {
        match attributes {
            Attributes::SignalExternalWorkflowExecutionInitiatedEventAttributes(_) => {
                self.signals_out.insert(id);
            }
            Attributes::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(_) => {
                self.cancels_out.insert(id);
            }
            Attributes::ExternalWorkflowExecutionSignaledEventAttributes(done) => {
                self.signals_out.remove(&done.initiated_event_id);
            }
            Attributes::SignalExternalWorkflowExecutionFailedEventAttributes(done) => {
                self.signals_out.remove(&done.initiated_event_id);
            }
            Attributes::ExternalWorkflowExecutionCancelRequestedEventAttributes(done) => {
                self.cancels_out.remove(&done.initiated_event_id);
            }
            Attributes::RequestCancelExternalWorkflowExecutionFailedEventAttributes(done) => {
                self.cancels_out.remove(&done.initiated_event_id);
            }
            _ => {}
        }
    }
}

impl Run {
    pub(super) fn initiate_signal(
        &mut self,
        wanted: command::SignalExternalWorkflowExecutionCommandAttributes,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadSignalWorkflowExecutionAttributes;
        let execution = wanted.execution.clone().unwrap_or_default();
        let text = "Execution.WorkflowId is not set on SignalExternalWorkflowExecutionCommand.";
        check_text(&execution.workflow_id, text, cause)?;
        let text = "SignalName is not set on SignalExternalWorkflowExecutionCommand.";
        check_text(&wanted.signal_name, text, cause)?;
        let id = self.record(Event::new(
            history::SignalExternalWorkflowExecutionInitiatedEventAttributes {
                workflow_task_completed_event_id: taking.completed_id,
                workflow_execution: Some(execution),
                signal_name: wanted.signal_name,
                input: wanted.input,
                child_workflow_only: wanted.child_workflow_only,
                header: wanted.header,
                ..Default::default()
            },
        ));
        self.outbox.push(Effect::SignalOther(id));
        Ok(())
    }

    pub(super) fn initiate_cancel(
        &mut self,
        wanted: command::RequestCancelExternalWorkflowExecutionCommandAttributes,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadRequestCancelExternalWorkflowExecutionAttributes;
        let text = "WorkflowId is not set on RequestCancelExternalWorkflowExecutionCommand.";
        check_text(&wanted.workflow_id, text, cause)?;
        let id = self.record(Event::new(
            history::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes {
                workflow_task_completed_event_id: taking.completed_id,
                workflow_execution: Some(WorkflowExecution {
                    workflow_id: wanted.workflow_id,
                    run_id: wanted.run_id,
                }),
                child_workflow_only: wanted.child_workflow_only,
                reason: wanted.reason,
                ..Default::default()
            },
        ));
        self.outbox.push(Effect::CancelOther(id));
        Ok(())
    }

    /// The signal that an event initiated.
    pub(crate) fn signal_initiated(
        &self,
        id: i64,
    ) -> Option<&history::SignalExternalWorkflowExecutionInitiatedEventAttributes> {
        match self.event(id)?.attributes.as_ref()? {
            Attributes::SignalExternalWorkflowExecutionInitiatedEventAttributes(sent) => Some(sent),
            _ => None,
        }
    }

    /// The request to cancel that an event initiated.
    pub(crate) fn cancel_initiated(
        &self,
        id: i64,
    ) -> Option<&history::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes> {
        match self.event(id)?.attributes.as_ref()? {
            Attributes::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(sent) => {
                Some(sent)
            }
            _ => None,
        }
    }

    /// The other run took the signal, or there was none to take it.
    pub(crate) fn signal_done(&mut self, id: i64, taken: bool) {
        let Some(sent) = self.signal_initiated(id) else {
            return;
        };
        let (namespace, workflow_execution) =
            (self.namespace.clone(), sent.workflow_execution.clone());
        let event = if taken {
            Event::new(history::ExternalWorkflowExecutionSignaledEventAttributes {
                initiated_event_id: id,
                namespace,
                workflow_execution,
                ..Default::default()
            })
        } else {
            let cause =
                SignalExternalWorkflowExecutionFailedCause::ExternalWorkflowExecutionNotFound;
            Event::new(
                history::SignalExternalWorkflowExecutionFailedEventAttributes {
                    cause: cause.into(),
                    namespace,
                    workflow_execution,
                    initiated_event_id: id,
                    ..Default::default()
                },
            )
        };
        self.arrive(event);
    }

    /// The other run took the request to cancel, or there was none to take it.
    pub(crate) fn cancel_done(&mut self, id: i64, taken: bool) {
        let Some(sent) = self.cancel_initiated(id) else {
            return;
        };
        let (namespace, workflow_execution) =
            (self.namespace.clone(), sent.workflow_execution.clone());
        let event = if taken {
            Event::new(
                history::ExternalWorkflowExecutionCancelRequestedEventAttributes {
                    initiated_event_id: id,
                    namespace,
                    workflow_execution,
                    ..Default::default()
                },
            )
        } else {
            let cause =
                CancelExternalWorkflowExecutionFailedCause::ExternalWorkflowExecutionNotFound;
            Event::new(
                history::RequestCancelExternalWorkflowExecutionFailedEventAttributes {
                    cause: cause.into(),
                    namespace,
                    workflow_execution,
                    initiated_event_id: id,
                    ..Default::default()
                },
            )
        };
        self.arrive(event);
    }
}
