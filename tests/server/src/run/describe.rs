//! A run, described.

use super::Run;
use crate::{
    clock::{proto_span, span},
    proto::{WorkflowType, common, enums, service, taskqueue, workflow},
};

impl Run {
    /// What lists show of the run.
    pub(crate) fn info(&self) -> workflow::WorkflowExecutionInfo {
        let started = self.started().cloned().unwrap_or_default();
        let backoff = span(started.first_workflow_task_backoff.as_ref());
        let closed_at = self.state.closed_at;
        let execution_time = self.state.started_at.after(backoff);
        workflow::WorkflowExecutionInfo {
            execution: Some(self.execution()),
            r#type: Some(WorkflowType {
                name: self.workflow_type().to_owned(),
            }),
            start_time: Some(self.state.started_at.proto()),
            close_time: closed_at.map(|at| at.proto()),
            status: self.state.status.into(),
            history_length: self.next_event_id() - 1,
            parent_execution: started.parent_workflow_execution,
            execution_time: Some(execution_time.proto()),
            memo: Some(common::Memo {
                fields: self.state.memo.clone().into_iter().collect(),
            }),
            search_attributes: Some(common::SearchAttributes {
                indexed_fields: self.state.search_attributes.clone().into_iter().collect(),
            }),
            task_queue: self.task_queue().to_owned(),
            history_size_bytes: i64::try_from(self.history_bytes).unwrap_or(i64::MAX),
            execution_duration: closed_at.map(|at| proto_span(at.since(execution_time))),
            root_execution: Some(self.root()),
            first_run_id: started.first_execution_run_id,
            priority: started.priority,
            versioning_info: self.versioning_info(),
            ..Default::default()
        }
    }

    fn versioning_info(&self) -> Option<workflow::WorkflowExecutionVersioningInfo> {
        let (behavior, version) = self.state.version.clone()?;
        Some(workflow::WorkflowExecutionVersioningInfo {
            behavior: behavior.into(),
            deployment_version: Some(version),
            ..Default::default()
        })
    }

    /// All there is to say about the run.
    pub(crate) fn describe(&self) -> service::DescribeWorkflowExecutionResponse {
        let started = self.started().cloned().unwrap_or_default();
        let activities = self.attempts.keys();
        service::DescribeWorkflowExecutionResponse {
            execution_config: Some(workflow::WorkflowExecutionConfig {
                task_queue: Some(taskqueue::TaskQueue {
                    name: self.task_queue().to_owned(),
                    kind: enums::TaskQueueKind::Normal.into(),
                    ..Default::default()
                }),
                workflow_execution_timeout: started.workflow_execution_timeout,
                workflow_run_timeout: started.workflow_run_timeout,
                default_workflow_task_timeout: started.workflow_task_timeout,
                user_metadata: self
                    .history
                    .first()
                    .and_then(|first| first.user_metadata.clone()),
            }),
            workflow_execution_info: Some(self.info()),
            pending_activities: activities
                .filter_map(|id| self.pending_activity(*id))
                .collect(),
            pending_children: self.pending_children(),
            pending_workflow_task: self.pending_task(),
            workflow_extended_info: Some(workflow::WorkflowExecutionExtendedInfo {
                execution_expiration_time: self.expires_at().map(|at| at.proto()),
                run_expiration_time: self.run_expires_at().map(|at| at.proto()),
                cancel_requested: self.state.cancel_requested,
                original_start_time: Some(self.state.started_at.proto()),
                request_id_infos: self.request_id_infos(),
                time_skipping_info: self.skipping_info(),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn pending_activity(&self, id: i64) -> Option<workflow::PendingActivityInfo> {
        let attempt = self.attempts.get(&id)?;
        let options = self.activity_scheduled(id)?;
        let activity = self.state.activities.get(&id)?;
        let whole = span(options.schedule_to_close_timeout.as_ref());
        let policy = options.retry_policy.as_ref();
        Some(workflow::PendingActivityInfo {
            activity_id: activity.activity_id.clone(),
            activity_type: options.activity_type.clone(),
            state: self.activity_state(id).into(),
            heartbeat_details: attempt.heartbeat.clone(),
            last_heartbeat_time: attempt.heartbeat_at.map(|at| at.proto()),
            last_started_time: attempt.last_started_at.map(|at| at.proto()),
            attempt: attempt.number,
            maximum_attempts: policy.map_or(0, |policy| policy.maximum_attempts),
            scheduled_time: Some(attempt.scheduled_at.proto()),
            expiration_time: (!whole.is_zero()).then(|| activity.scheduled_at.after(whole).proto()),
            last_failure: attempt.last_failure.clone(),
            last_worker_identity: attempt.last_worker.clone(),
            current_retry_interval: attempt.backoff.map(proto_span),
            last_attempt_complete_time: attempt.last_ended_at.map(|at| at.proto()),
            priority: options.priority.clone(),
            next_attempt_schedule_time: attempt.backoff_until.map(|at| at.proto()),
            ..Default::default()
        })
    }

    fn pending_children(&self) -> Vec<workflow::PendingChildExecutionInfo> {
        let info =
            |(id, child): (&i64, &super::state::Child)| workflow::PendingChildExecutionInfo {
                workflow_id: child.workflow_id.clone(),
                run_id: child.run_id.clone().unwrap_or_default(),
                workflow_type_name: self
                    .child_initiated(*id)
                    .and_then(|initiated| initiated.workflow_type.as_ref())
                    .map(|kind| kind.name.clone())
                    .unwrap_or_default(),
                initiated_id: *id,
                parent_close_policy: child.policy.into(),
            };
        self.state.children.iter().map(info).collect()
    }

    fn pending_task(&self) -> Option<workflow::PendingWorkflowTaskInfo> {
        let task = self.tasks.current.as_ref()?;
        let state = match task.started_at {
            Some(_) => enums::PendingWorkflowTaskState::Started,
            None => enums::PendingWorkflowTaskState::Scheduled,
        };
        Some(workflow::PendingWorkflowTaskInfo {
            state: state.into(),
            scheduled_time: Some(task.scheduled_at.proto()),
            original_scheduled_time: Some(task.first_scheduled_at.proto()),
            started_time: task.started_at.map(|at| at.proto()),
            attempt: task.attempt,
        })
    }
}
