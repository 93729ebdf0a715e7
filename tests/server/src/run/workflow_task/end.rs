//! How a workflow task ends without being completed, and the events that nobody wrote.

use super::{Kind, WorkflowTask, started_attributes};
use crate::{
    clock::{Time, proto_span},
    proto::{Attributes, Failure, HistoryEvent, TimeoutType, WorkflowTaskFailedCause, history},
    run::{Event, Run, worker::Worker},
};

impl Run {
    /// Something else happens while a worker has a speculative task: its events are written now,
    /// and nobody says any more who the worker is.
    pub(in crate::run) fn write_speculative(&mut self) {
        let speculative = |task: &WorkflowTask| task.kind == Kind::Speculative;
        let task = self.tasks.current.clone().filter(speculative);
        if let Some(mut task) = task {
            task.worker = Worker::default();
            self.write_unwritten(&mut task);
            self.tasks.current = Some(task);
        }
    }

    /// The events that a started task has but history has not.
    pub(crate) fn unwritten_events(&self) -> Vec<HistoryEvent> {
        let Some(task) = &self.tasks.current else {
            return Vec::new();
        };
        if task.kind == Kind::Normal || task.started_at.is_none() {
            return Vec::new();
        }
        let scheduled = history::WorkflowTaskScheduledEventAttributes {
            task_queue: Some(self.current_queue()),
            start_to_close_timeout: Some(proto_span(task.timeout)),
            attempt: task.attempt,
        };
        let event = |id: i64, at: Time, attributes: Attributes| HistoryEvent {
            event_id: id,
            event_time: Some(at.proto()),
            event_type: attributes.event_type().into(),
            attributes: Some(attributes),
            ..Default::default()
        };
        let started = started_attributes(task, task.scheduled_id);
        let at = task.started_at.unwrap_or(task.scheduled_at);
        vec![
            event(task.scheduled_id, task.scheduled_at, scheduled.into()),
            event(task.started_id, at, started.into()),
        ]
    }

    /// Writes the events that a task has but history has not.
    pub(in crate::run) fn write_unwritten(&mut self, task: &mut WorkflowTask) {
        if task.kind != Kind::Normal {
            let at = task.scheduled_at;
            task.scheduled_id = self.record_scheduled(task.attempt, task.timeout, at);
            if task.started_at.is_some() {
                task.started_id = self.record_started(task, task.scheduled_id);
            }
            task.kind = Kind::Normal;
        }
    }

    /// The started task failed; the next one follows at once.
    pub(crate) fn fail_task(
        &mut self,
        cause: WorkflowTaskFailedCause,
        failure: Option<Failure>,
        identity: &str,
    ) {
        let Some(mut task) = self.tasks.current.take() else {
            return;
        };
        if task.kind != Kind::Transient {
            self.write_unwritten(&mut task);
            self.record(Event::new(history::WorkflowTaskFailedEventAttributes {
                scheduled_event_id: task.scheduled_id,
                started_event_id: task.started_id,
                cause: cause.into(),
                failure,
                identity: identity.to_owned(),
                ..Default::default()
            }));
        }
        self.tasks.sticky = None;
        self.tasks.attempt += 1;
        self.tasks.closing |= cause == WorkflowTaskFailedCause::UnhandledCommand;
        self.updates.requeue();
        self.wants_task = true;
        if !self.buffered.is_empty() {
            self.tasks.attempt = 1;
            self.flush();
        }
    }

    /// Times the task out before its time; says whether a worker had it.
    pub(crate) fn expire_task(&mut self) -> bool {
        let started = self.tasks.is_started();
        if started {
            self.time_out_task(TimeoutType::StartToClose);
        }
        started
    }

    /// The task waited too long on the sticky queue, or the worker did not come back with it.
    pub(in crate::run) fn time_out_task(&mut self, kind: TimeoutType) {
        if self.tasks.is_started() {
            self.write_speculative();
        }
        let Some(mut task) = self.tasks.current.take() else {
            return;
        };
        let waited = kind == TimeoutType::ScheduleToStart;
        if task.kind != Kind::Transient || waited {
            if task.kind != Kind::Transient {
                self.write_unwritten(&mut task);
            }
            self.record(Event::new(history::WorkflowTaskTimedOutEventAttributes {
                scheduled_event_id: task.scheduled_id,
                started_event_id: task.started_id,
                timeout_type: kind.into(),
            }));
        }
        self.tasks.sticky = None;
        self.updates.requeue();
        if !waited {
            self.tasks.attempt += 1;
        }
        if !self.buffered.is_empty() {
            self.tasks.attempt = 1;
            self.flush();
        }
        self.wants_task = true;
    }
}
