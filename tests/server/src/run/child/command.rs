//! The command that starts a child.

use crate::{
    clock::proto_span,
    proto::{
        WorkflowTaskFailedCause as Cause,
        command::StartChildWorkflowExecutionCommandAttributes as Wanted,
        enums::{ParentClosePolicy, TaskQueueKind, WorkflowIdReusePolicy},
        history, sdk, taskqueue,
    },
    run::{
        Event, Run,
        command::{check_span, check_text},
        complete::{Taking, TaskFailure},
        effect::Effect,
        retry, timeouts,
    },
};

impl Run {
    #[expect(deprecated, reason = "what the worker says of builds is still written")]
    pub(in crate::run) fn initiate_child(
        &mut self,
        wanted: Wanted,
        metadata: Option<sdk::UserMetadata>,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        check(&wanted, taking)?;
        let (close, reuse) = (close_policy(&wanted), reuse_policy(&wanted));
        let queue = self.child_queue(wanted.task_queue.clone());
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
            parent_close_policy: close.into(),
            workflow_task_completed_event_id: taking.completed_id,
            workflow_id_reuse_policy: reuse.into(),
            retry_policy: wanted
                .retry_policy
                .map(|policy| retry::with_defaults(Some(policy))),
            cron_schedule: wanted.cron_schedule,
            header: wanted.header,
            memo: wanted.memo,
            search_attributes: wanted.search_attributes,
            priority: wanted.priority,
            inherit_build_id: wanted.inherit_build_id,
            time_skipping_config: self.state.skip.config_for_child(),
            time_skipping_state_propagation: self.state.skip.for_child(),
            ..Default::default()
        };
        let id = self.record(Event::new(event).user_metadata(metadata));
        self.outbox.push(Effect::StartChild(id));
        Ok(())
    }

    /// The child's queue: its parent's, unless it is told another.
    fn child_queue(&self, wanted: Option<taskqueue::TaskQueue>) -> taskqueue::TaskQueue {
        let named = wanted.filter(|queue| !queue.name.is_empty());
        taskqueue::TaskQueue {
            kind: TaskQueueKind::Normal.into(),
            ..named.unwrap_or_else(|| taskqueue::TaskQueue {
                name: self.task_queue().to_owned(),
                ..Default::default()
            })
        }
    }
}

fn close_policy(wanted: &Wanted) -> ParentClosePolicy {
    match wanted.parent_close_policy() {
        ParentClosePolicy::Unspecified => ParentClosePolicy::Terminate,
        policy => policy,
    }
}

fn reuse_policy(wanted: &Wanted) -> WorkflowIdReusePolicy {
    match wanted.workflow_id_reuse_policy() {
        WorkflowIdReusePolicy::Unspecified => WorkflowIdReusePolicy::AllowDuplicate,
        reuse => reuse,
    }
}

fn check(wanted: &Wanted, taking: &Taking) -> Result<(), TaskFailure> {
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
        retry::check(policy).map_err(|text| TaskFailure::new(cause, text))?;
    }
    Ok(())
}
