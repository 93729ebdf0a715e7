//! Taking things back: a worker's commands, and news that the workflow has not seen.

use std::collections::BTreeMap;

use super::{Event, Run, activity::Attempt, nexus::Sent, state::State, workflow_task::TaskLine};
use crate::proto::Attributes as A;

/// A run as it was before a worker's commands.
pub(super) struct Mark {
    events: usize,
    bytes: usize,
    outbox: usize,
    tasks: TaskLine,
    attempts: BTreeMap<i64, Attempt>,
    requests: BTreeMap<i64, Sent>,
    buffered: Vec<Event>,
}

impl Run {
    pub(super) fn mark(&self) -> Mark {
        Mark {
            events: self.history.len(),
            bytes: self.history_bytes,
            outbox: self.outbox.len(),
            tasks: self.tasks.clone(),
            attempts: self.attempts.clone(),
            requests: self.requests.clone(),
            buffered: self.buffered.clone(),
        }
    }

    pub(super) fn roll_back(&mut self, mark: Mark) {
        self.history.truncate(mark.events);
        self.history_bytes = mark.bytes;
        self.outbox.truncate(mark.outbox);
        self.tasks = mark.tasks;
        self.attempts = mark.attempts;
        self.requests = mark.requests;
        self.buffered = mark.buffered;
        self.state = State::replay(&self.history);
    }

    /// Whether something happened that the workflow has not seen.
    pub(super) fn has_news(&self) -> bool {
        !self.buffered.is_empty()
    }

    /// Takes back the news that a timer fired, if the workflow has not seen it.
    pub(super) fn unfire(&mut self, timer_id: &str) -> bool {
        let fired = |event: &Event| {
            matches!(&event.attributes,
                A::TimerFiredEventAttributes(fired) if fired.timer_id == timer_id)
        };
        let before = self.buffered.len();
        self.buffered.retain(|event| !fired(event));
        self.buffered.len() < before
    }

    /// Whether an activity's end waits to be told.
    pub(super) fn has_unseen_end(&self, scheduled: i64) -> bool {
        self.buffered.iter().any(|event| match &event.attributes {
            A::ActivityTaskCompletedEventAttributes(end) => end.scheduled_event_id == scheduled,
            A::ActivityTaskFailedEventAttributes(end) => end.scheduled_event_id == scheduled,
            A::ActivityTaskTimedOutEventAttributes(end) => end.scheduled_event_id == scheduled,
            A::ActivityTaskCanceledEventAttributes(end) => end.scheduled_event_id == scheduled,
            _ => false,
        })
    }
}
