//! Activities: what their events say, and their attempts, which history is told of only at the end.

mod command;
mod end;

use std::time::Duration;

pub(crate) use self::end::Outcome;
use super::{
    Run,
    effect::Effect,
    fresh_id,
    state::{Activity, State},
    worker::Worker,
};
use crate::{
    clock::Time,
    error,
    proto::{Attributes, Failure, Payloads, enums::PendingActivityState, history},
    queue::Task,
};

/// The attempt of an activity that is under way, and what the ones before left behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempt {
    pub(crate) number: i32,
    /// Tells this attempt's task from those of the attempts before.
    pub(crate) stamp: u64,
    pub(crate) scheduled_at: Time,
    /// When it goes to the queue, if it waits out a backoff.
    pub(crate) backoff_until: Option<Time>,
    pub(crate) backoff: Option<Duration>,
    pub(crate) started: Option<Started>,
    pub(crate) heartbeat: Option<Payloads>,
    pub(crate) heartbeat_at: Option<Time>,
    pub(crate) last_failure: Option<Failure>,
    pub(crate) last_worker: String,
    pub(crate) last_ended_at: Option<Time>,
    pub(crate) last_started_at: Option<Time>,
}

/// A worker has the attempt.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) at: Time,
    pub(crate) worker: Worker,
    pub(crate) request_id: String,
}

impl State {
    pub(super) fn apply_activity(&mut self, id: i64, at: Time, attributes: &Attributes) {
        let finished = match attributes {
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => {
                let activity = Activity {
                    activity_id: scheduled.activity_id.clone(),
                    scheduled_at: at,
                    cancel_requested: None,
                    started_id: 0,
                };
                self.activity_ids.insert(scheduled.activity_id.clone(), id);
                self.activities.insert(id, activity);
                return;
            }
            Attributes::ActivityTaskStartedEventAttributes(started) => {
                if let Some(activity) = self.activities.get_mut(&started.scheduled_event_id) {
                    activity.started_id = id;
                }
                return;
            }
            Attributes::ActivityTaskCancelRequestedEventAttributes(request) => {
                if let Some(activity) = self.activities.get_mut(&request.scheduled_event_id) {
                    activity.cancel_requested = Some(id);
                }
                return;
            }
            Attributes::ActivityTaskCompletedEventAttributes(end) => end.scheduled_event_id,
            Attributes::ActivityTaskFailedEventAttributes(end) => end.scheduled_event_id,
            Attributes::ActivityTaskTimedOutEventAttributes(end) => end.scheduled_event_id,
            Attributes::ActivityTaskCanceledEventAttributes(end) => end.scheduled_event_id,
            _ => return,
        };
        if let Some(activity) = self.activities.remove(&finished) {
            self.activity_ids.remove(&activity.activity_id);
        }
    }
}

impl Run {
    /// The event that scheduled an activity.
    pub(crate) fn activity_scheduled(
        &self,
        id: i64,
    ) -> Option<&history::ActivityTaskScheduledEventAttributes> {
        match self.event(id)?.attributes.as_ref()? {
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => Some(scheduled),
            _ => None,
        }
    }

    /// The pending activity with an id.
    pub(crate) fn activity_by_id(&self, activity_id: &str) -> Result<i64, tonic::Status> {
        let found = self.state.activity_ids.get(activity_id).copied();
        let found = found.filter(|id| self.attempts.contains_key(id));
        found.ok_or_else(|| {
            error::not_found(
                "Can't find pending activity with such ID. Invalid activityID or activity already completed",
            )
        })
    }

    /// Gives the activity's next attempt to its queue.
    pub(super) fn offer_activity(&mut self, scheduled: i64) {
        let stamp = self.next_stamp();
        let now = self.now;
        let Some(attempt) = self.attempts.get_mut(&scheduled) else {
            return;
        };
        attempt.stamp = stamp;
        attempt.scheduled_at = now;
        attempt.backoff_until = None;
        let queue = self.activity_scheduled(scheduled);
        let queue = queue.and_then(|scheduled| scheduled.task_queue.as_ref());
        let queue = queue.map(|queue| queue.name.clone()).unwrap_or_default();
        let task = Task::Activity { scheduled, stamp };
        self.outbox.push(Effect::OfferActivity { queue, task });
    }

    /// A worker takes the attempt, if it still waits.
    pub(crate) fn start_activity(&mut self, scheduled: i64, stamp: u64, worker: &Worker) -> bool {
        let (now, request_id) = (self.now, fresh_id());
        let Some(attempt) = self.attempts.get_mut(&scheduled) else {
            return false;
        };
        if attempt.stamp != stamp || attempt.started.is_some() || attempt.backoff_until.is_some() {
            return false;
        }
        attempt.started = Some(Started {
            at: now,
            worker: worker.clone(),
            request_id,
        });
        attempt.last_started_at = Some(now);
        attempt.last_worker.clone_from(&worker.identity);
        true
    }

    /// Whether a worker has the attempt with the stamp; any attempt if there is no stamp.
    pub(crate) fn check_activity(
        &self,
        scheduled: i64,
        stamp: Option<u64>,
    ) -> Result<(), tonic::Status> {
        let attempt = self.attempts.get(&scheduled);
        let live = attempt.filter(|attempt| match stamp {
            Some(stamp) => attempt.stamp == stamp && attempt.started.is_some(),
            None => true,
        });
        if !self.state.is_running() {
            return Err(error::closed());
        }
        live.map(|_| ()).ok_or_else(|| {
            error::not_found(
                "invalid activityID or activity already timed out or invoking workflow is completed",
            )
        })
    }

    /// A worker says that the attempt lives; answers whether it should stop.
    pub(crate) fn heartbeat(&mut self, scheduled: i64, details: Option<Payloads>) -> bool {
        let now = self.now;
        if let Some(attempt) = self.attempts.get_mut(&scheduled) {
            attempt.heartbeat = details;
            attempt.heartbeat_at = Some(now);
        }
        let activity = self.state.activities.get(&scheduled);
        activity.is_some_and(|activity| activity.cancel_requested.is_some())
    }

    /// How a pending activity stands.
    pub(crate) fn activity_state(&self, scheduled: i64) -> PendingActivityState {
        let started = self.attempts.get(&scheduled);
        let started = started.is_some_and(|attempt| attempt.started.is_some());
        let activity = self.state.activities.get(&scheduled);
        if activity.is_some_and(|activity| activity.cancel_requested.is_some()) {
            PendingActivityState::CancelRequested
        } else if started {
            PendingActivityState::Started
        } else {
            PendingActivityState::Scheduled
        }
    }
}
