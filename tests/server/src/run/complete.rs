//! A completed workflow task: its commands become events, all of them or none.

use std::{collections::BTreeMap, time::Duration};

use tonic::Status;

use super::{
    Event, Run,
    signal::SERVER,
    worker,
    workflow_task::{Kind, WorkflowTask},
};
use crate::{
    error,
    proto::{
        Failure, WorkflowTaskFailedCause, common,
        failure::{self, failure::FailureInfo},
        history,
        protocol::Message,
        service::RespondWorkflowTaskCompletedRequest as Request,
        update,
    },
};

/// Why a worker's commands can't be taken.
#[derive(Debug)]
pub(crate) struct TaskFailure {
    pub(crate) cause: WorkflowTaskFailedCause,
    text: String,
    ends_the_run: bool,
}

impl TaskFailure {
    /// The cause, and what is wrong in words.
    pub(super) fn new(cause: WorkflowTaskFailedCause, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            cause,
            text,
            ends_the_run: false,
        }
    }

    /// It is so bad that the run can't go on.
    pub(super) fn that_ends_the_run(mut self) -> Self {
        self.ends_the_run = true;
        self
    }

    fn message(&self) -> String {
        match self.text.as_str() {
            "" => format!("{:?}", self.cause),
            text => format!("{:?}: {text}", self.cause),
        }
    }
}

/// What the worker that completed a task is told.
#[derive(Debug, Default)]
pub(crate) struct Completed {
    /// The event to roll back to, if the task left none.
    pub(crate) reset_event_id: i64,
}

/// A speculative task may ship this many events again and again.
const DISCARD_EVENTS: i64 = 10;

impl Run {
    /// Takes what a worker made of the task that it has.
    ///
    /// `known` is what the server knows of the names in its commands.
    pub(crate) fn complete_task(
        &mut self,
        request: Request,
        known: Known,
    ) -> Result<Completed, Status> {
        let Some(task) = self.tasks.current.clone() else {
            return Err(error::not_found("Workflow task not found."));
        };
        let mark = self.mark();
        let identity = request.identity.clone();
        match self.try_complete(&task, request, known) {
            Ok(completed) => Ok(completed),
            Err(failure) => {
                self.roll_back(mark);
                let message = failure.message();
                let unhandled = failure.cause == WorkflowTaskFailedCause::UnhandledCommand;
                self.updates.abort_all(&Status::failed_precondition(
                    "unable to perform workflow execution update due to unexpected workflow task failure",
                ));
                if task.attempt == 1 || unhandled {
                    let server = server_failure(&message);
                    self.fail_task(failure.cause, Some(server), &identity);
                    if failure.ends_the_run {
                        self.terminate(&message, None, SERVER, Vec::new())?;
                    }
                }
                Err(error::invalid(message))
            }
        }
    }

    fn try_complete(
        &mut self,
        task: &WorkflowTask,
        request: Request,
        known: Known,
    ) -> Result<Completed, TaskFailure> {
        if self.is_discarded(task, &request) {
            return Ok(self.discard(request));
        }
        let completed_id = self.record_completed(task.clone(), &request);
        self.tasks.current = None;
        self.tasks.attempt = 1;
        self.tasks.closing = false;
        self.set_sticky(request.sticky_attributes.as_ref());
        let mut taking = Taking {
            completed_id,
            identity: request.identity,
            messages: request.messages,
            canceled_at_once: false,
            known,
        };
        for command in request.commands {
            if self.state.is_running() {
                self.handle_command(command, &mut taking)?;
            }
        }
        for message in std::mem::take(&mut taking.messages) {
            if self.state.is_running() {
                self.handle_message(&message)?;
            }
        }
        if !request.force_create_new_workflow_task {
            self.updates.reject_ignored();
        }
        self.answer_attached(request.query_results);
        if self.state.is_running() {
            let more = request.force_create_new_workflow_task || taking.canceled_at_once;
            self.go_on(more, task, request.force_create_new_workflow_task);
        }
        if self.tasks.current.is_none() {
            self.release_queries();
        }
        Ok(Completed::default())
    }

    /// Schedules the next task, if one is due.
    fn go_on(&mut self, more: bool, before: &WorkflowTask, heartbeat: bool) {
        if more || !self.buffered.is_empty() {
            self.flush();
            self.schedule_task(false);
        } else {
            self.schedule_for_updates();
        }
        self.wants_task = false;
        if let Some(task) = &mut self.tasks.current
            && heartbeat
        {
            task.first_scheduled_at = before.first_scheduled_at;
        }
    }

    #[expect(deprecated, reason = "the worker's version is still written")]
    fn record_completed(&mut self, mut task: WorkflowTask, request: &Request) -> i64 {
        self.write_unwritten(&mut task);
        self.record(Event::new(history::WorkflowTaskCompletedEventAttributes {
            scheduled_event_id: task.scheduled_id,
            started_event_id: task.started_id,
            identity: request.identity.clone(),
            sdk_metadata: request.sdk_metadata.clone(),
            metering_metadata: request.metering_metadata,
            worker_version: worker::completed_by(request),
            versioning_behavior: request.versioning_behavior,
            worker_deployment_name: request
                .deployment_options
                .as_ref()
                .map_or_else(String::new, |options| options.deployment_name.clone()),
            deployment_version: request
                .deployment_options
                .as_ref()
                .and_then(worker::versioned),
            ..Default::default()
        }))
    }

    /// Whether the task brought nothing that history must know.
    fn is_discarded(&self, task: &WorkflowTask, request: &Request) -> bool {
        let able = request.capabilities.as_ref();
        let able = able.is_some_and(|able| able.discard_speculative_workflow_task_with_events);
        let most = if able { DISCARD_EVENTS } else { 0 };
        let rejects = |message: &Message| {
            let body = message.body.clone().unwrap_or_default();
            error::unpack::<update::Rejection>(&body).is_some()
        };
        task.kind == Kind::Speculative
            && request.commands.is_empty()
            && !request.force_create_new_workflow_task
            && self.next_event_id() <= self.state.last_started_id + 2 + most
            && request.messages.iter().all(rejects)
    }

    fn discard(&mut self, request: Request) -> Completed {
        self.tasks.current = None;
        self.set_sticky(request.sticky_attributes.as_ref());
        for message in &request.messages {
            // A rejection of an update that is gone already has nobody to tell.
            self.handle_message(message).unwrap_or_default();
        }
        self.updates.reject_ignored();
        self.answer_attached(request.query_results);
        if self.buffered.is_empty() {
            self.schedule_for_updates();
        } else {
            self.flush();
            self.schedule_task(false);
        }
        self.wants_task = false;
        if self.tasks.current.is_none() {
            self.release_queries();
        }
        Completed {
            reset_event_id: self.state.last_started_id,
        }
    }
}

/// A worker's completion while its commands are taken.
#[derive(Debug)]
pub(super) struct Taking {
    pub(super) completed_id: i64,
    pub(super) identity: String,
    pub(super) messages: Vec<Message>,
    /// An activity was cancelled that no worker had: the workflow must be told.
    pub(super) canceled_at_once: bool,
    pub(super) known: Known,
}

/// What the server knows of the names in commands, and what it asks of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Search attributes that nobody registered.
    pub(crate) unregistered: Vec<String>,
    /// Nexus endpoints with their ids.
    pub(crate) endpoints: BTreeMap<String, String>,
    /// How long a run lives before it continues as new.
    pub(crate) least_life: Duration,
}

/// A failure that the server itself declares.
pub(super) fn server_failure(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        failure_info: Some(FailureInfo::ServerFailureInfo(
            failure::ServerFailureInfo::default(),
        )),
        ..Default::default()
    }
}

impl Taking {
    /// Search attributes must be registered.
    pub(super) fn check_attributes(
        &self,
        attributes: Option<&common::SearchAttributes>,
    ) -> Result<(), TaskFailure> {
        let named = |name: &&String| {
            attributes.is_some_and(|attributes| attributes.indexed_fields.contains_key(*name))
        };
        match self.known.unregistered.iter().find(named) {
            Some(name) => {
                let text = format!("no mapping defined for search attribute {name}");
                Err(TaskFailure::new(
                    WorkflowTaskFailedCause::BadSearchAttributes,
                    text,
                ))
            }
            None => Ok(()),
        }
    }
}
