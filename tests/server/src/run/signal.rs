//! What others send to a run: signals, requests to cancel, termination.

use super::{Event, Run};
use crate::{
    error,
    proto::{
        Payloads, WorkflowExecution, WorkflowTaskFailedCause,
        common::{Header, Link},
        history,
    },
};

/// Who acts when the server itself does.
pub(crate) const SERVER: &str = "history-service";

/// A signal on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signal {
    pub(crate) name: String,
    pub(crate) input: Option<Payloads>,
    pub(crate) identity: String,
    pub(crate) header: Option<Header>,
    pub(crate) request_id: String,
    pub(crate) from: Option<WorkflowExecution>,
    pub(crate) links: Vec<Link>,
}

/// A request to cancel on its way.
#[derive(Debug, Default)]
pub(crate) struct CancelRequest {
    pub(crate) cause: String,
    pub(crate) identity: String,
    pub(crate) from: Option<(WorkflowExecution, i64)>,
    pub(crate) links: Vec<Link>,
}

impl Run {
    /// Takes a signal, unless it came before.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), tonic::Status> {
        if !self.state.is_running() {
            return Err(error::closed());
        }
        if self.tasks.is_closing() {
            return Err(error::closing());
        }
        let buffered = self.buffered.iter().any(|event| {
            use crate::proto::Attributes;
            matches!(&event.attributes, Attributes::WorkflowExecutionSignaledEventAttributes(known)
                if !signal.request_id.is_empty() && known.request_id == signal.request_id)
        });
        if buffered || self.state.signal_requests.contains(&signal.request_id) {
            return Ok(());
        }
        self.deliver_signal(signal);
        Ok(())
    }

    pub(super) fn deliver_signal(&mut self, signal: Signal) {
        let event = Event::new(history::WorkflowExecutionSignaledEventAttributes {
            signal_name: signal.name,
            input: signal.input,
            identity: signal.identity,
            header: signal.header,
            external_workflow_execution: signal.from,
            request_id: signal.request_id,
            ..Default::default()
        });
        self.arrive(event.links(signal.links));
    }

    /// Asks the workflow to cancel itself; once is enough.
    pub(crate) fn request_cancel(&mut self, request: CancelRequest) -> Result<(), tonic::Status> {
        if !self.state.is_running() {
            return Ok(());
        }
        let buffered = self.buffered.iter().any(|event| {
            use crate::proto::Attributes;
            matches!(
                event.attributes,
                Attributes::WorkflowExecutionCancelRequestedEventAttributes(_)
            )
        });
        if buffered || self.state.cancel_requested {
            return Ok(());
        }
        let (from, initiated) = request.from.unzip();
        let event = Event::new(history::WorkflowExecutionCancelRequestedEventAttributes {
            cause: request.cause,
            external_initiated_event_id: initiated.unwrap_or(0),
            external_workflow_execution: from,
            identity: request.identity,
        });
        self.arrive(event.links(request.links));
        Ok(())
    }

    /// Ends the run at once.
    pub(crate) fn terminate(
        &mut self,
        reason: &str,
        details: Option<Payloads>,
        identity: &str,
        links: Vec<Link>,
    ) -> Result<(), tonic::Status> {
        if !self.state.is_running() {
            return Err(error::closed());
        }
        self.force_task_closed();
        let event = Event::new(history::WorkflowExecutionTerminatedEventAttributes {
            reason: reason.to_owned(),
            details,
            identity: identity.to_owned(),
        });
        self.close_with(
            event.links(links),
            super::effect::ChildEnd::Terminated,
            None,
        );
        Ok(())
    }

    /// A worker's task dies with the run.
    pub(super) fn force_task_closed(&mut self) {
        if self.tasks.is_started() {
            let cause = WorkflowTaskFailedCause::ForceCloseCommand;
            self.fail_task(cause, None, SERVER);
        }
        self.flush();
    }
}
