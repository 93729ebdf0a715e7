//! Updates: admitted, sent with a workflow task, then accepted or rejected by the worker.
//!
//! An update that is not accepted yet is not in history: it waits here. From acceptance on, history
//! is where it is looked up.

mod registry;

use tokio::sync::watch;
use tonic::Status;

use self::registry::Pending;
pub(crate) use self::registry::Updates;
use super::{
    Event, Run,
    complete::TaskFailure,
    state::{Accepted, State},
};
use crate::{
    error,
    proto::{
        Attributes, Failure, WorkflowTaskFailedCause,
        failure::{self, failure::FailureInfo},
        history,
        protocol::{Message, message::SequencingId},
        update,
    },
};

/// The state of an update before it is in the history.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Waiting,
    Accepted,
    Rejected(Box<Failure>),
    Aborted(Status),
}

/// Where an update stands when somebody asks.
#[derive(Debug)]
pub(crate) enum Standing {
    /// Wait for the verdict.
    Pending(watch::Receiver<Verdict>),
    /// Accepted: wait for the run to change.
    Accepted,
    Completed(Box<update::Outcome>),
}

fn application_failure(message: &str, kind: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        source: "Server".to_owned(),
        failure_info: Some(FailureInfo::ApplicationFailureInfo(
            failure::ApplicationFailureInfo {
                r#type: kind.to_owned(),
                non_retryable: true,
                ..Default::default()
            },
        )),
        ..Default::default()
    }
}

/// An outcome that is a failure.
pub(crate) fn failed(failure: Failure) -> update::Outcome {
    update::Outcome {
        value: Some(update::outcome::Value::Failure(failure)),
    }
}

impl State {
    pub(in crate::run) fn apply_update(&mut self, id: i64, attributes: &Attributes) {
        match attributes {
            Attributes::WorkflowExecutionUpdateAcceptedEventAttributes(accepted) => {
                let update = Accepted {
                    accepted_id: id,
                    completed_id: None,
                };
                self.updates
                    .insert(accepted.protocol_instance_id.clone(), update);
            }
            Attributes::WorkflowExecutionUpdateCompletedEventAttributes(completed) => {
                let meta = completed.meta.as_ref();
                let update = meta.and_then(|meta| self.updates.get_mut(&meta.update_id));
                if let Some(update) = update {
                    update.completed_id = Some(id);
                }
            }
            _ => {}
        }
    }
}

impl Run {
    /// Where the update with an id stands, if there is one.
    pub(crate) fn update_standing(&self, id: &str) -> Option<Standing> {
        if let Some(pending) = self.updates.pending.get(id) {
            return Some(Standing::Pending(pending.verdict.subscribe()));
        }
        let update = self.state.updates.get(id)?;
        if let Some(event) = update.completed_id.and_then(|id| self.event(id))
            && let Some(Attributes::WorkflowExecutionUpdateCompletedEventAttributes(completed)) =
                &event.attributes
        {
            return Some(Standing::Completed(Box::new(
                completed.outcome.clone().unwrap_or_default(),
            )));
        }
        if self.state.is_running() {
            return Some(Standing::Accepted);
        }
        Some(Standing::Completed(Box::new(failed(application_failure(
            "Workflow Update failed because the Workflow completed before the Update completed.",
            "AcceptedUpdateCompletedWorkflow",
        )))))
    }

    /// Takes an update in, unless it is known.
    pub(crate) fn admit_update(&mut self, request: update::Request) -> Result<Standing, Status> {
        let id = request.meta.as_ref().map(|meta| meta.update_id.clone());
        let id = id.unwrap_or_default();
        if let Some(standing) = self.update_standing(&id) {
            return Ok(standing);
        }
        if !self.state.is_running() {
            return Err(error::closed());
        }
        if self.tasks.is_closing() {
            return Err(error::closing());
        }
        self.updates.admitted += 1;
        let verdict = watch::Sender::new(Verdict::Waiting);
        let receiver = verdict.subscribe();
        let pending = Pending {
            request,
            order: self.updates.admitted,
            sent: false,
            verdict,
        };
        self.updates.pending.insert(id, pending);
        self.schedule_for_updates();
        Ok(Standing::Pending(receiver))
    }

    /// Schedules a task for the updates that wait for one.
    pub(in crate::run) fn schedule_for_updates(&mut self) {
        if self.state.first_task_at.is_none() && self.updates.any_unsent() && !self.wants_task {
            self.schedule_task(true);
        }
    }

    /// The messages that go with the task that just started.
    pub(in crate::run) fn update_messages(&mut self, started_id: i64) -> Vec<Message> {
        let mut messages = Vec::new();
        for (id, pending) in &mut self.updates.pending {
            pending.sent = true;
            let message = Message {
                id: format!("{id}/request"),
                protocol_instance_id: id.clone(),
                sequencing_id: Some(SequencingId::EventId(started_id - 1)),
                body: Some(error::any(&pending.request)),
            };
            messages.push((pending.order, message));
        }
        messages.sort_by_key(|(order, _)| *order);
        messages.into_iter().map(|(_, message)| message).collect()
    }

    /// The worker's answer to an update.
    pub(in crate::run) fn handle_message(&mut self, message: &Message) -> Result<(), TaskFailure> {
        let id = message.protocol_instance_id.as_str();
        let body = message.body.clone().unwrap_or_default();
        if let Some(acceptance) = error::unpack::<update::Acceptance>(&body) {
            return self.accept_update(id, acceptance);
        }
        if let Some(rejection) = error::unpack::<update::Rejection>(&body) {
            let failure = rejection.failure.unwrap_or_default();
            let known = self
                .updates
                .decide(id, Verdict::Rejected(Box::new(failure)));
            return known.map(|_| ()).ok_or_else(|| unknown(id));
        }
        if let Some(response) = error::unpack::<update::Response>(&body) {
            return self.complete_update(id, response);
        }
        let text = format!("unsupported message type {}", body.type_url);
        Err(bad_message(text))
    }

    fn accept_update(
        &mut self,
        id: &str,
        acceptance: update::Acceptance,
    ) -> Result<(), TaskFailure> {
        let request = self.updates.decide(id, Verdict::Accepted);
        let request = request.ok_or_else(|| unknown(id))?;
        let event = history::WorkflowExecutionUpdateAcceptedEventAttributes {
            protocol_instance_id: id.to_owned(),
            accepted_request_message_id: acceptance.accepted_request_message_id,
            accepted_request_sequencing_event_id: acceptance.accepted_request_sequencing_event_id,
            accepted_request: acceptance.accepted_request.or(Some(request)),
        };
        self.record(Event::new(event));
        Ok(())
    }

    fn complete_update(&mut self, id: &str, response: update::Response) -> Result<(), TaskFailure> {
        let update = self.state.updates.get(id);
        let update = update.filter(|update| update.completed_id.is_none());
        let accepted_event_id = update.ok_or_else(|| unknown(id))?.accepted_id;
        let event = history::WorkflowExecutionUpdateCompletedEventAttributes {
            meta: response.meta,
            accepted_event_id,
            outcome: response.outcome,
        };
        self.record(Event::new(event));
        Ok(())
    }
}

fn bad_message(text: String) -> TaskFailure {
    TaskFailure::new(
        WorkflowTaskFailedCause::BadUpdateWorkflowExecutionMessage,
        text,
    )
}

fn unknown(id: &str) -> TaskFailure {
    bad_message(format!(
        "update {id} wasn't found on the server. This is most likely a transient error which will be resolved automatically by retries"
    ))
}
