//! Children, as their parent sees them.

use super::{
    Event, Run,
    command::{check_span, check_text},
    complete::{Taking, TaskFailure},
    effect::{ChildEnd, Effect},
    state::{Child, State},
    timeouts,
};
use crate::{
    clock::proto_span,
    proto::{
        Attributes, WorkflowExecution, WorkflowTaskFailedCause as Cause, command,
        enums::{ParentClosePolicy, StartChildWorkflowExecutionFailedCause, WorkflowIdReusePolicy},
        history, sdk, taskqueue,
    },
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
    pub(super) fn initiate_child(
        &mut self,
        wanted: command::StartChildWorkflowExecutionCommandAttributes,
        metadata: Option<sdk::UserMetadata>,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadStartChildExecutionAttributes;
        let text = "Required field WorkflowId is not set on StartChildWorkflowExecutionCommand.";
        check_text(&wanted.workflow_id, text, cause)?;
        let kind = wanted.workflow_type.as_ref().map_or("", |kind| &kind.name);
        let text = "Required field WorkflowType is not set on StartChildWorkflowExecutionCommand.";
        check_text(kind, text, cause)?;
        taking.check_attributes(wanted.search_attributes.as_ref())?;
        check_span(
            wanted.workflow_execution_timeout.as_ref(),
            "WorkflowExecutionTimeout",
            cause,
        )?;
        check_span(
            wanted.workflow_run_timeout.as_ref(),
            "WorkflowRunTimeout",
            cause,
        )?;
        check_span(
            wanted.workflow_task_timeout.as_ref(),
            "WorkflowTaskTimeout",
            cause,
        )?;
        if let Some(policy) = &wanted.retry_policy {
            super::retry::check(policy).map_err(|text| TaskFailure::new(cause, text))?;
        }
        let queue = wanted
            .task_queue
            .clone()
            .filter(|queue| !queue.name.is_empty());
        let queue = taskqueue::TaskQueue {
            kind: crate::proto::enums::TaskQueueKind::Normal.into(),
            ..queue.unwrap_or_else(|| taskqueue::TaskQueue {
                name: self.task_queue().to_owned(),
                ..Default::default()
            })
        };
        let policy = match wanted.parent_close_policy() {
            ParentClosePolicy::Unspecified => ParentClosePolicy::Terminate,
            policy => policy,
        };
        let reuse = match wanted.workflow_id_reuse_policy() {
            WorkflowIdReusePolicy::Unspecified => WorkflowIdReusePolicy::AllowDuplicate,
            reuse => reuse,
        };
        let (run, task) = timeouts::fill_in(
            wanted.workflow_execution_timeout.as_ref(),
            wanted.workflow_run_timeout.as_ref(),
            wanted.workflow_task_timeout.as_ref(),
        );
        let event = history::StartChildWorkflowExecutionInitiatedEventAttributes {
            namespace: self.namespace.clone(),
            workflow_id: wanted.workflow_id,
            workflow_type: wanted.workflow_type,
            task_queue: Some(queue),
            input: wanted.input,
            workflow_execution_timeout: wanted.workflow_execution_timeout,
            workflow_run_timeout: Some(proto_span(run)),
            workflow_task_timeout: Some(proto_span(task)),
            parent_close_policy: policy.into(),
            workflow_task_completed_event_id: taking.completed_id,
            workflow_id_reuse_policy: reuse.into(),
            retry_policy: wanted
                .retry_policy
                .map(|policy| super::retry::with_defaults(Some(policy))),
            cron_schedule: wanted.cron_schedule,
            header: wanted.header,
            memo: wanted.memo,
            search_attributes: wanted.search_attributes,
            priority: wanted.priority,
            ..Default::default()
        };
        let id = self.record(Event::new(event).user_metadata(metadata));
        self.outbox.push(Effect::StartChild(id));
        Ok(())
    }

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

    /// The child ended.
    pub(crate) fn child_ended(&mut self, id: i64, run_id: &str, end: ChildEnd) {
        let Some(child) = self
            .child_initiated(id)
            .filter(|_| self.state.children.contains_key(&id))
        else {
            return;
        };
        let namespace = child.namespace.clone();
        let workflow_type = child.workflow_type.clone();
        let workflow_execution = Some(WorkflowExecution {
            workflow_id: child.workflow_id.clone(),
            run_id: run_id.to_owned(),
        });
        let initiated_event_id = id;
        let event = match end {
            ChildEnd::Completed(result) => {
                Event::new(history::ChildWorkflowExecutionCompletedEventAttributes {
                    result,
                    namespace,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    ..Default::default()
                })
            }
            ChildEnd::Failed(failure, retry_state) => {
                Event::new(history::ChildWorkflowExecutionFailedEventAttributes {
                    failure: failure.map(|failure| *failure),
                    namespace,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    retry_state: retry_state.into(),
                    ..Default::default()
                })
            }
            ChildEnd::Canceled(details) => {
                Event::new(history::ChildWorkflowExecutionCanceledEventAttributes {
                    details,
                    namespace,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    ..Default::default()
                })
            }
            ChildEnd::TimedOut(retry_state) => {
                Event::new(history::ChildWorkflowExecutionTimedOutEventAttributes {
                    namespace,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    retry_state: retry_state.into(),
                    ..Default::default()
                })
            }
            ChildEnd::Terminated => {
                Event::new(history::ChildWorkflowExecutionTerminatedEventAttributes {
                    namespace,
                    workflow_execution,
                    workflow_type,
                    initiated_event_id,
                    ..Default::default()
                })
            }
        };
        self.arrive(event);
    }
}
