//! What is kept for somebody who looks inside a running process.
//!
//! Adapters feed it and `introspect` reads it; nothing is kept before somebody asks. It is cut into
//! shards, so that a reader who lists everything never stands in a worker's way for long.

mod activities;
mod events;
mod run;
mod runs;
mod shards;
mod workers;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::Observer;
use crate::trace::FailureMessages;

#[cfg(feature = "introspect")]
pub(crate) use self::{
    activities::AttemptSeen,
    events::Event,
    run::{RunSeen, RunState},
    workers::Seat,
};
pub(crate) use self::{
    activities::{Attempts, Executing, LastHeartbeat},
    events::{Events, Happened},
    run::{Done, NON_DETERMINISM, Started, TaskFailure},
    workers::{About, Leaves, Seated, Workers},
};
/// What goes on in this process.
pub(crate) struct Insight {
    pub(crate) workers: Workers,
    pub(crate) activities: Attempts,
    pub(crate) events: Events,
    messages: FailureMessages,
    numbers: AtomicU64,
}

impl Insight {
    fn new(messages: FailureMessages) -> Self {
        Self {
            workers: Workers::default(),
            activities: Attempts::default(),
            events: Events::default(),
            messages,
            numbers: AtomicU64::new(1),
        }
    }

    /// Returns whether the messages of failures are shown.
    pub(crate) fn shows_messages(&self) -> bool {
        self.messages == FailureMessages::Show
    }

    /// Returns a number greater than those before, by which lists are ordered.
    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

impl Observer {
    /// Returns what goes on in this process, if somebody asked for it.
    #[inline]
    pub(crate) fn insight(&self) -> Option<&Arc<Insight>> {
        if cfg!(feature = "introspect") {
            self.kept_inside().get()
        } else {
            None
        }
    }

    /// Returns what counts for the same value, and observes nothing.
    pub(crate) fn only_counts(&self) -> Self {
        let silent = self.clone().measures(None).traces(None);
        silent.without_hooks()
    }

    /// Begins to keep what goes on, unless that is so already.
    pub(crate) fn look_inside(&self, messages: FailureMessages) -> Arc<Insight> {
        let made = || Arc::new(Insight::new(messages));
        self.kept_inside().get_or_init(made).clone()
    }
}
