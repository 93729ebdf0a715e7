//! How an attempt ends, and whether there is another one.

use super::Attempt;
use crate::{
    clock::span,
    proto::{
        Failure, Payloads, TimeoutType,
        enums::RetryState,
        failure::{self, failure::FailureInfo},
        history,
    },
    run::{Event, Run, retry},
};

/// What an attempt came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Completed(Option<Payloads>),
    Failed(Box<Failure>),
    Canceled(Option<Payloads>),
    TimedOut(TimeoutType),
}

impl Run {
    /// The attempt is over: it is retried, or the activity ends.
    pub(crate) fn end_attempt(&mut self, scheduled: i64, outcome: Outcome, identity: &str) {
        let (failure, retryable) = match &outcome {
            Outcome::Failed(failure) => (*failure.clone(), retry::is_retryable(failure)),
            Outcome::TimedOut(kind) => {
                let retried = matches!(kind, TimeoutType::StartToClose | TimeoutType::Heartbeat);
                (self.timeout_failure(scheduled, *kind), retried)
            }
            Outcome::Completed(_) | Outcome::Canceled(_) => {
                return self.end_activity(scheduled, outcome, RetryState::Unspecified, identity);
            }
        };
        let state = if retryable {
            self.retry_activity(scheduled, &failure)
        } else {
            RetryState::NonRetryableFailure
        };
        if state != RetryState::InProgress {
            self.end_activity(scheduled, outcome, state, identity);
        }
    }

    /// Puts the next attempt off, if the policy has one.
    fn retry_activity(&mut self, scheduled: i64, failure: &Failure) -> RetryState {
        let now = self.now;
        let (Some(activity), Some(options)) = (
            self.state.activities.get(&scheduled),
            self.activity_scheduled(scheduled),
        ) else {
            return RetryState::InternalServerError;
        };
        if activity.cancel_requested.is_some() {
            return RetryState::CancelRequested;
        }
        let limit = span(options.schedule_to_close_timeout.as_ref());
        let expires = (!limit.is_zero()).then(|| activity.scheduled_at.after(limit));
        let number = self
            .attempts
            .get(&scheduled)
            .map_or(1, |attempt| attempt.number);
        let policy = options.retry_policy.as_ref();
        let wait = match retry::next(policy, number, failure, now, expires) {
            Ok(wait) => wait,
            Err(state) => return state,
        };
        let stamp = self.next_stamp();
        if let Some(attempt) = self.attempts.get_mut(&scheduled) {
            attempt.number += 1;
            attempt.stamp = stamp;
            attempt.started = None;
            attempt.last_failure = Some(without_heartbeat(failure.clone()));
            attempt.last_ended_at = Some(now);
            attempt.heartbeat_at = None;
            attempt.backoff = Some(wait);
            attempt.backoff_until = Some(now.after(wait));
        }
        RetryState::InProgress
    }

    fn timeout_failure(&self, scheduled: i64, kind: TimeoutType) -> Failure {
        let heartbeat = self.attempts.get(&scheduled);
        let heartbeat = heartbeat.and_then(|attempt| attempt.heartbeat.clone());
        let name = match kind {
            TimeoutType::StartToClose => "StartToClose",
            TimeoutType::ScheduleToStart => "ScheduleToStart",
            TimeoutType::ScheduleToClose => "ScheduleToClose",
            TimeoutType::Heartbeat => "Heartbeat",
            TimeoutType::Unspecified => "",
        };
        Failure {
            message: format!("activity {name} timeout"),
            source: "Server".to_owned(),
            failure_info: Some(FailureInfo::TimeoutFailureInfo(
                failure::TimeoutFailureInfo {
                    timeout_type: kind.into(),
                    last_heartbeat_details: heartbeat,
                },
            )),
            ..Default::default()
        }
    }

    /// Writes the activity's last events.
    fn end_activity(
        &mut self,
        scheduled: i64,
        outcome: Outcome,
        state: RetryState,
        identity: &str,
    ) {
        let timeout = match &outcome {
            Outcome::TimedOut(kind) => Some(self.timeout_failure(scheduled, *kind)),
            _ => None,
        };
        let Some(attempt) = self.attempts.remove(&scheduled) else {
            return;
        };
        let cause = attempt.last_failure.clone();
        let event = match outcome {
            Outcome::Completed(result) => {
                Event::new(history::ActivityTaskCompletedEventAttributes {
                    result,
                    scheduled_event_id: scheduled,
                    identity: identity.to_owned(),
                    ..Default::default()
                })
            }
            Outcome::Failed(failure) => Event::new(history::ActivityTaskFailedEventAttributes {
                failure: Some(*failure),
                scheduled_event_id: scheduled,
                identity: identity.to_owned(),
                retry_state: state.into(),
                ..Default::default()
            }),
            Outcome::Canceled(details) => {
                Event::new(history::ActivityTaskCanceledEventAttributes {
                    details,
                    latest_cancel_requested_event_id: self.cancel_request_of(scheduled),
                    scheduled_event_id: scheduled,
                    identity: identity.to_owned(),
                    ..Default::default()
                })
            }
            Outcome::TimedOut(_) => Event::new(history::ActivityTaskTimedOutEventAttributes {
                failure: timeout.map(|timeout| with_cause(timeout, cause)),
                scheduled_event_id: scheduled,
                retry_state: state.into(),
                ..Default::default()
            }),
        };
        self.write_started(scheduled, attempt);
        self.arrive(event);
    }

    fn cancel_request_of(&self, scheduled: i64) -> i64 {
        let activity = self.state.activities.get(&scheduled);
        activity
            .and_then(|activity| activity.cancel_requested)
            .unwrap_or(0)
    }

    #[expect(deprecated, reason = "the worker's version is still written")]
    /// The attempt's start goes to history only now that its end is known.
    fn write_started(&mut self, scheduled: i64, attempt: Attempt) {
        let Some(started) = attempt.started else {
            return;
        };
        let event = Event::new(history::ActivityTaskStartedEventAttributes {
            scheduled_event_id: scheduled,
            identity: started.worker.identity,
            worker_version: started.worker.version,
            request_id: started.request_id,
            attempt: attempt.number,
            last_failure: attempt.last_failure,
            ..Default::default()
        });
        self.arrive(event.at(started.at));
    }
}

fn with_cause(timeout: Failure, cause: Option<Failure>) -> Failure {
    Failure {
        cause: cause.map(Box::new),
        ..timeout
    }
}

/// The next attempt is sent the heartbeat's details on their own.
fn without_heartbeat(mut failure: Failure) -> Failure {
    if let Some(FailureInfo::TimeoutFailureInfo(info)) = &mut failure.failure_info {
        info.last_heartbeat_details = None;
    }
    failure
}
