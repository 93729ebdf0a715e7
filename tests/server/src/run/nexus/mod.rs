//! Nexus operations: what their events say, and the requests to their handlers, which history is told
//! of only by their answers.

mod answer;
mod command;
mod deliver;

use std::time::Duration;

pub(crate) use self::{answer::Answer, deliver::Callback};
use super::{Event, Run, effect::Effect, state::State};
use crate::{
    clock::{Time, span},
    proto::{Attributes, history},
    queue::Task,
};

/// So long a handler may take for an answer, the time in its queue included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// So long the next attempt of a request waits at first, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3600));

/// An operation that is not finished.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Operation {
    pub(crate) scheduled_at: Time,
    /// What its handler calls it, once it started.
    pub(crate) token: Option<String>,
    /// The event that asked for its cancellation.
    pub(crate) cancel_requested: Option<i64>,
}

/// What a handler is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Start,
    Cancel,
}

/// A request to an operation's handler that is under way.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) asked: Asked,
    pub(crate) attempt: i32,
    /// Tells this attempt's task from those of the attempts before.
    pub(crate) stamp: u64,
    pub(crate) sent_at: Time,
    /// Until when the handler may answer.
    pub(crate) until: Time,
    /// When the next attempt is sent, if this one failed.
    pub(crate) backoff_until: Option<Time>,
}

impl State {
    pub(super) fn apply_operation(&mut self, id: i64, at: Time, attributes: &Attributes) {
        let finished = match attributes {
            Attributes::NexusOperationScheduledEventAttributes(_) => {
                let operation = Operation {
                    scheduled_at: at,
                    ..Default::default()
                };
                self.operations.insert(id, operation);
                return;
            }
            Attributes::NexusOperationStartedEventAttributes(started) => {
                if let Some(operation) = self.operations.get_mut(&started.scheduled_event_id) {
                    operation.token = Some(started.operation_token.clone());
                }
                return;
            }
            Attributes::NexusOperationCancelRequestedEventAttributes(request) => {
                if let Some(operation) = self.operations.get_mut(&request.scheduled_event_id) {
                    operation.cancel_requested = Some(id);
                }
                return;
            }
            attributes => ended(attributes),
        };
        if let Some(finished) = finished {
            self.operations.remove(&finished);
        }
    }
}

/// The operation that an event ends.
fn ended(attributes: &Attributes) -> Option<i64> {
    Some(match attributes {
        Attributes::NexusOperationCompletedEventAttributes(end) => end.scheduled_event_id,
        Attributes::NexusOperationFailedEventAttributes(end) => end.scheduled_event_id,
        Attributes::NexusOperationCanceledEventAttributes(end) => end.scheduled_event_id,
        Attributes::NexusOperationTimedOutEventAttributes(end) => end.scheduled_event_id,
        _ => return None,
    })
}

impl Run {
    /// The event that scheduled an operation.
    pub(crate) fn operation_scheduled(
        &self,
        id: i64,
    ) -> Option<&history::NexusOperationScheduledEventAttributes> {
        match self.event(id)?.attributes.as_ref()? {
            Attributes::NexusOperationScheduledEventAttributes(scheduled) => Some(scheduled),
            _ => None,
        }
    }

    /// Whether an operation has not ended, not even in news that the workflow has not seen.
    fn is_open_operation(&self, id: i64) -> bool {
        let mut news = self.buffered.iter();
        self.state.operations.contains_key(&id)
            && !news.any(|event| ended(&event.attributes) == Some(id))
    }

    /// What the handler of an operation calls it, if it started.
    fn operation_token(&self, id: i64) -> Option<String> {
        let known = self.state.operations.get(&id)?.token.clone();
        known.or_else(|| {
            self.buffered
                .iter()
                .find_map(|event| match &event.attributes {
                    Attributes::NexusOperationStartedEventAttributes(started)
                        if started.scheduled_event_id == id =>
                    {
                        Some(started.operation_token.clone())
                    }
                    _ => None,
                })
        })
    }

    /// Until when an operation may take, if there is a bound.
    fn operation_expires_at(&self, id: i64) -> Option<Time> {
        let limit = self.operation_scheduled(id)?;
        let limit = span(limit.schedule_to_close_timeout.as_ref());
        let operation = self.state.operations.get(&id)?;
        (!limit.is_zero()).then(|| operation.scheduled_at.after(limit))
    }

    /// When operations time out that have not ended, and when their requests do.
    pub(super) fn operation_dues(&self) -> [Vec<(Time, i64)>; 2] {
        let open = self.state.operations.keys().copied();
        let open = open.filter(|id| self.is_open_operation(*id));
        let ends = open.filter_map(|id| Some((self.operation_expires_at(id)?, id)));
        let requests = self.requests.iter();
        let requests = requests.map(|(id, sent)| (sent.backoff_until.unwrap_or(sent.until), *id));
        [ends.collect(), requests.collect()]
    }

    /// Asks the handler of an operation.
    fn send(&mut self, id: i64, asked: Asked, attempt: i32) {
        let Some(scheduled) = self.operation_scheduled(id) else {
            return;
        };
        let endpoint = scheduled.endpoint_id.clone();
        let (sent_at, stamp) = (self.now, self.next_stamp());
        let until = sent_at.after(REQUEST_TIMEOUT);
        let expires = self.operation_expires_at(id);
        let sent = Sent {
            asked,
            attempt,
            stamp,
            sent_at,
            until: expires.map_or(until, |expires| expires.min(until)),
            backoff_until: None,
        };
        self.requests.insert(id, sent);
        let task = Task::Nexus {
            scheduled: id,
            stamp,
        };
        self.outbox.push(Effect::OfferRequest { endpoint, task });
    }

    /// A request got no answer, or one after which it is sent again; or its backoff is over.
    pub(super) fn go_on_asking(&mut self, id: i64) {
        let now = self.now;
        let Some(sent) = self.requests.get_mut(&id) else {
            return;
        };
        if sent.backoff_until.is_some() {
            let (asked, attempt) = (sent.asked, sent.attempt + 1);
            self.send(id, asked, attempt);
            return;
        }
        let doublings = u32::try_from(sent.attempt - 1).unwrap_or_default().min(20);
        let wait = BACKOFF.0.saturating_mul(1 << doublings).min(BACKOFF.1);
        sent.backoff_until = Some(now.after(wait));
        sent.stamp = 0;
    }

    /// An operation took too long.
    pub(super) fn time_out_operation(&mut self, id: i64) {
        self.end_operation(id, Answer::TimedOut);
    }

    /// Tells the workflow of an operation.
    fn hear(&mut self, attributes: impl Into<Attributes>) {
        self.arrive(Event::new(attributes));
    }
}
