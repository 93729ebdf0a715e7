//! Workflow tasks: scheduled, started, timed out, failed. Their completion is in `complete`.
//!
//! A task that follows a failed one is *transient*: its events are written only when it is
//! completed, so that a workflow that keeps failing does not fill its history. A task that only
//! delivers an update is *speculative*: if the worker rejects the update, no event is ever written.

mod end;

use std::time::Duration;

use super::{Event, Run, effect::Effect, fresh_id, worker::Worker};
use crate::{
    clock::{Time, proto_span},
    error,
    proto::{enums, history, service, taskqueue},
    queue::Task,
    token::WorkflowToken,
};

/// Which of a task's events are written, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Transient,
    Speculative,
}

/// A workflow task that is not closed.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowTask {
    pub(crate) kind: Kind,
    pub(crate) stamp: u64,
    pub(crate) attempt: i32,
    pub(crate) scheduled_id: i64,
    pub(crate) scheduled_at: Time,
    pub(crate) first_scheduled_at: Time,
    pub(crate) started_id: i64,
    pub(crate) started_at: Option<Time>,
    pub(crate) worker: Worker,
    pub(crate) request_id: String,
    /// How long it may wait on the sticky queue, if it was offered there.
    pub(crate) sticky: Option<Duration>,
    pub(crate) timeout: Duration,
    pub(crate) history_bytes: i64,
    pub(crate) suggest: bool,
}

/// The worker that has the run in its cache.
#[derive(Clone, Debug)]
pub(crate) struct Sticky {
    pub(crate) queue: String,
    pub(crate) timeout: Duration,
}

/// The run's workflow task, and what outlives one.
#[derive(Clone, Debug)]
pub(crate) struct TaskLine {
    pub(crate) current: Option<WorkflowTask>,
    pub(crate) attempt: i32,
    pub(crate) sticky: Option<Sticky>,
    /// A worker tried to close the run and had not seen everything: nothing may come between the
    /// next attempt and its end, or a busy run could never close.
    pub(crate) closing: bool,
}

impl Default for TaskLine {
    fn default() -> Self {
        Self {
            current: None,
            attempt: 1,
            sticky: None,
            closing: false,
        }
    }
}

impl TaskLine {
    /// Whether a worker is about to close the run.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing && self.is_started()
    }

    /// Whether a worker has the task.
    pub(crate) fn is_started(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|task| task.started_at.is_some())
    }
}

const STICKY_DEFAULT: Duration = Duration::from_secs(10);
/// From this many events or bytes on, a workflow is told to continue as new.
const SUGGEST_EVENTS: usize = 4 * 1024;
const SUGGEST_BYTES: usize = 4 * 1024 * 1024;
/// Attempts after this one get longer and longer.
const PLAIN_ATTEMPTS: i32 = 3;

fn timeout_of(attempt: i32, base: Duration) -> Duration {
    let more = u32::try_from(attempt - PLAIN_ATTEMPTS).unwrap_or(0).min(10);
    match more {
        0 => base,
        more => base.saturating_add(Duration::from_secs(5 << (more - 1))),
    }
}

impl Run {
    /// The queue that the next task goes to, as events tell it.
    fn current_queue(&self) -> taskqueue::TaskQueue {
        match &self.tasks.sticky {
            Some(sticky) => taskqueue::TaskQueue {
                name: sticky.queue.clone(),
                kind: enums::TaskQueueKind::Sticky.into(),
                normal_name: self.task_queue().to_owned(),
            },
            None => taskqueue::TaskQueue {
                name: self.task_queue().to_owned(),
                kind: enums::TaskQueueKind::Normal.into(),
                normal_name: String::new(),
            },
        }
    }

    fn record_scheduled(&mut self, attempt: i32, timeout: Duration, at: Time) -> i64 {
        let event = Event::new(history::WorkflowTaskScheduledEventAttributes {
            task_queue: Some(self.current_queue()),
            start_to_close_timeout: Some(proto_span(timeout)),
            attempt,
        });
        self.record(event.at(at))
    }

    fn record_started(&mut self, task: &WorkflowTask, scheduled_id: i64) -> i64 {
        let event = Event::new(started_attributes(task, scheduled_id));
        self.record(event.at(task.started_at.unwrap_or(self.now)))
    }

    /// Schedules a task, unless there is one.
    pub(super) fn schedule_task(&mut self, speculative: bool) {
        if self.tasks.current.is_some() || !self.state.is_running() {
            return;
        }
        let mut kind = match (self.tasks.attempt > 1, speculative) {
            (true, _) => Kind::Transient,
            (false, true) => Kind::Speculative,
            (false, false) => Kind::Normal,
        };
        if !self.buffered.is_empty() {
            self.flush();
            self.tasks.attempt = 1;
            kind = Kind::Normal;
        }
        let attempt = self.tasks.attempt;
        let timeout = timeout_of(attempt, self.task_timeout());
        let scheduled_id = match kind {
            Kind::Normal => self.record_scheduled(attempt, timeout, self.now),
            Kind::Transient | Kind::Speculative => self.next_event_id(),
        };
        let stamp = self.next_stamp();
        self.tasks.current = Some(WorkflowTask {
            kind,
            stamp,
            attempt,
            scheduled_id,
            scheduled_at: self.now,
            first_scheduled_at: self.now,
            started_id: 0,
            started_at: None,
            worker: Worker::default(),
            request_id: String::new(),
            sticky: None,
            timeout,
            history_bytes: 0,
            suggest: false,
        });
        self.offer_task();
    }

    /// Gives the waiting task to its queue: the sticky one first.
    pub(super) fn offer_task(&mut self) {
        let sticky = self.tasks.sticky.clone();
        let Some(task) = &mut self.tasks.current else {
            return;
        };
        task.sticky = sticky.as_ref().map(|sticky| sticky.timeout);
        let stamp = task.stamp;
        self.outbox.push(Effect::OfferTask {
            sticky: sticky.map(|sticky| sticky.queue),
            task: Task::Workflow { stamp },
        });
    }

    /// Nobody polls the sticky queue: the run is in no cache.
    pub(crate) fn forget_sticky(&mut self) {
        self.tasks.sticky = None;
        if let Some(task) = &mut self.tasks.current {
            task.sticky = None;
        }
    }

    /// A worker takes the task, if it still waits.
    pub(crate) fn start_task(&mut self, stamp: u64, worker: &Worker) -> bool {
        let next = self.next_event_id();
        let (size, events) = (self.history_bytes, self.history.len());
        let Some(mut task) = self.tasks.current.clone() else {
            return false;
        };
        if task.stamp != stamp || task.started_at.is_some() {
            return false;
        }
        task.started_at = Some(self.now);
        task.worker.clone_from(worker);
        task.request_id = fresh_id();
        task.history_bytes = i64::try_from(size).unwrap_or(i64::MAX);
        task.suggest = size >= SUGGEST_BYTES || events >= SUGGEST_EVENTS;
        // What came in the meantime has taken the ids that were meant for the unwritten events.
        if task.kind != Kind::Normal && task.scheduled_id != next {
            task.kind = Kind::Normal;
            task.attempt = 1;
            self.tasks.attempt = 1;
            task.scheduled_id = self.record_scheduled(1, task.timeout, self.now);
        }
        task.started_id = match task.kind {
            Kind::Normal => self.record_started(&task, task.scheduled_id),
            Kind::Transient | Kind::Speculative => task.scheduled_id + 1,
        };
        self.tasks.current = Some(task);
        true
    }

    /// The started task that a token stands for.
    pub(crate) fn check_task(&self, token: &WorkflowToken) -> Result<&WorkflowTask, tonic::Status> {
        let task = self.tasks.current.as_ref().filter(|task| {
            task.started_at.is_some() && task.stamp == token.stamp && self.state.is_running()
        });
        task.ok_or_else(|| error::not_found("Workflow task not found."))
    }

    /// Starts the task that a worker left behind when it completed the one before.
    pub(crate) fn start_next_task(
        &mut self,
        worker: &Worker,
    ) -> Option<service::PollWorkflowTaskQueueResponse> {
        let stamp = self.tasks.current.as_ref()?.stamp;
        self.start_task(stamp, worker)
            .then(|| self.deliver_task(true))
    }

    /// Remembers, or forgets, the worker's sticky queue.
    pub(super) fn set_sticky(&mut self, sticky: Option<&taskqueue::StickyExecutionAttributes>) {
        let queue = sticky.and_then(|sticky| sticky.worker_task_queue.as_ref());
        self.tasks.sticky = queue.filter(|queue| !queue.name.is_empty()).map(|queue| {
            let timeout = sticky.and_then(|sticky| sticky.schedule_to_start_timeout.as_ref());
            let timeout = crate::clock::span(timeout);
            Sticky {
                queue: queue.name.clone(),
                timeout: if timeout.is_zero() {
                    STICKY_DEFAULT
                } else {
                    timeout
                },
            }
        });
    }
}

#[expect(deprecated, reason = "the worker's version is still written")]
fn started_attributes(
    task: &WorkflowTask,
    scheduled_id: i64,
) -> history::WorkflowTaskStartedEventAttributes {
    history::WorkflowTaskStartedEventAttributes {
        scheduled_event_id: scheduled_id,
        identity: task.worker.identity.clone(),
        worker_version: task.worker.version.clone(),
        request_id: task.request_id.clone(),
        history_size_bytes: task.history_bytes,
        suggest_continue_as_new: task.suggest,
        ..Default::default()
    }
}
