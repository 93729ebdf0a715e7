//! Handing tasks to workers.

use prost::Message;

use super::{RunRef, Store};
use crate::{
    proto::{WorkflowType, service},
    queue::{QueueKey, Task},
    run::{Run, priority, worker::Worker},
    token::ActivityToken,
};

impl Store {
    /// The oldest task of a queue that is for this worker.
    fn pop(&mut self, key: &QueueKey, worker: &Worker) -> Option<(RunRef, Task)> {
        let (mut found, mut others) = (None, Vec::new());
        while let Some((at, task)) = self.queue_mut(key).pop() {
            if self.is_for(at, key, worker) {
                found = Some((at, task));
                break;
            }
            others.push((at, task));
        }
        for (at, task) in others.into_iter().rev() {
            self.queue_mut(key).put_back(at, task);
        }
        found
    }

    /// The next workflow task or query of a queue.
    pub(crate) fn take_workflow_task(
        &mut self,
        key: &QueueKey,
        worker: &Worker,
    ) -> Option<service::PollWorkflowTaskQueueResponse> {
        while let Some((at, task)) = self.pop(key, worker) {
            let sticky = self.run(at).is_some_and(|run| run.task_queue() != key.name);
            let taken = match task {
                Task::Workflow { stamp } => self.transact(at, |run| {
                    run.start_task(stamp, worker)
                        .then(|| run.deliver_task(sticky))
                }),
                Task::Query { id } => self.transact(at, |run| {
                    run.take_query(id).then(|| run.deliver_query(id, sticky))
                }),
                Task::Activity { .. } | Task::Nexus { .. } => None,
            };
            if let Some(Some(mut response)) = taken {
                let left = self.queue_mut(key).len();
                response.backlog_count_hint = i64::try_from(left).unwrap_or(i64::MAX);
                return Some(response);
            }
        }
        None
    }

    /// The next activity task of a queue.
    pub(crate) fn take_activity_task(
        &mut self,
        key: &QueueKey,
        worker: &Worker,
    ) -> Option<service::PollActivityTaskQueueResponse> {
        while let Some((at, task)) = self.pop(key, worker) {
            let Task::Activity { scheduled, stamp } = task else {
                continue;
            };
            let taken = self.transact(at, |run| {
                let started = run.start_activity(scheduled, stamp, worker);
                started.then(|| activity_task(run, scheduled)).flatten()
            });
            if let Some(Some(response)) = taken {
                return Some(response);
            }
        }
        None
    }

    /// The next request of a Nexus queue.
    pub(crate) fn take_request(
        &mut self,
        key: &QueueKey,
    ) -> Option<service::PollNexusTaskQueueResponse> {
        while let Some((at, task)) = self.queue_mut(key).pop() {
            let Task::Nexus { scheduled, stamp } = task else {
                continue;
            };
            let taken = self.transact(at, |run| run.deliver_request(scheduled, stamp));
            if let Some(Some(response)) = taken {
                return Some(response);
            }
        }
        None
    }

    /// Takes a task back that its worker let go without a word: the run is offered anew.
    pub(crate) fn expire_task(&mut self, at: RunRef) -> bool {
        let expired = self.transact(at, Run::expire_task);
        expired.unwrap_or(false)
    }
}

fn activity_task(run: &Run, scheduled: i64) -> Option<service::PollActivityTaskQueueResponse> {
    let attempt = run.attempts.get(&scheduled)?;
    let options = run.activity_scheduled(scheduled)?.clone();
    let activity = run.state.activities.get(&scheduled)?;
    let token = ActivityToken {
        run_id: run.run_id.clone(),
        scheduled,
        stamp: attempt.stamp,
    };
    Some(service::PollActivityTaskQueueResponse {
        task_token: token.encode_to_vec(),
        workflow_namespace: run.namespace.clone(),
        workflow_type: Some(WorkflowType {
            name: run.workflow_type().to_owned(),
        }),
        workflow_execution: Some(run.execution()),
        activity_type: options.activity_type,
        activity_id: options.activity_id,
        header: options.header,
        input: options.input,
        heartbeat_details: attempt.heartbeat.clone(),
        scheduled_time: Some(activity.scheduled_at.proto()),
        current_attempt_scheduled_time: Some(attempt.scheduled_at.proto()),
        started_time: attempt.started.as_ref().map(|started| started.at.proto()),
        attempt: attempt.number,
        schedule_to_close_timeout: options.schedule_to_close_timeout,
        start_to_close_timeout: options.start_to_close_timeout,
        heartbeat_timeout: options.heartbeat_timeout,
        retry_policy: options.retry_policy,
        priority: priority::merge(run.started()?.priority.as_ref(), options.priority),
        ..Default::default()
    })
}
