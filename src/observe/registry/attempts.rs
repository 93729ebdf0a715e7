//! The attempts of activities that execute.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use super::{Happened, Registry, shards::Shards};
use crate::{
    clock,
    execution::{Fields, Info},
    schema::Outcome,
};

/// The attempts of activities that execute. The address of an attempt's fields, which all layers
/// round it share, tells it from others.
#[derive(Default)]
pub(crate) struct Attempts(Shards<usize, AttemptSeen>);

/// An attempt that executes.
#[derive(Clone)]
pub(crate) struct AttemptSeen {
    pub(crate) number: u64,
    pub(crate) about: Arc<Fields>,
    pub(crate) started: Instant,
    heartbeat: Arc<LastHeartbeat>,
}

/// When an attempt sent its last heartbeat.
#[derive(Default)]
pub(crate) struct LastHeartbeat(Mutex<Option<Instant>>);

/// An attempt's place among those that execute, until it is dropped.
pub(crate) struct Executing {
    registry: Arc<Registry>,
    about: Arc<Fields>,
}

impl Attempts {
    /// Returns those that execute, in the order in which they started.
    pub(crate) fn list(&self) -> Vec<AttemptSeen> {
        let mut list = Vec::new();
        self.0.each(|seen| list.push(seen.clone()));
        list.sort_unstable_by_key(|seen| seen.number);
        list
    }
}

impl AttemptSeen {
    pub(crate) fn last_heartbeat(&self) -> Option<Instant> {
        *self.heartbeat.lock()
    }
}

impl Executing {
    /// Notes that an attempt executes, unless a layer round this one has done so.
    pub(crate) fn begin(registry: &Arc<Registry>, attempt: &Info) -> Option<Self> {
        let watched = registry.watched()?;
        let about = attempt.fields();
        let mut attempts = watched.attempts.0.of(&address(about));
        if let Some(known) = attempts.get(&address(about)) {
            attempt.attach(|| known.heartbeat.clone());
            return None;
        }
        let heartbeat = Arc::new(LastHeartbeat::default());
        attempt.attach(|| heartbeat.clone());
        let seen = AttemptSeen {
            number: registry.number(),
            about: about.clone(),
            started: clock::now(),
            heartbeat,
        };
        attempts.insert(address(about), seen);
        drop(attempts);
        Some(Self {
            registry: registry.clone(),
            about: about.clone(),
        })
    }

    /// Notes how the attempt ended, if that is worth an event.
    pub(crate) fn ended(&self, outcome: &Outcome) {
        if outcome.is_error() {
            let what = || {
                (
                    self.about.clone(),
                    Happened::ActivityFailed(outcome.clone()),
                )
            };
            if let Some(watched) = self.registry.watched() {
                watched.events.note(what);
            }
        }
    }
}

impl Drop for Executing {
    fn drop(&mut self) {
        let key = address(&self.about);
        if let Some(watched) = self.registry.watched() {
            watched.attempts.0.of(&key).remove(&key);
        }
    }
}

impl LastHeartbeat {
    /// Notes a heartbeat.
    pub(crate) fn beat(&self) {
        *self.lock() = Some(clock::now());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address(about: &Arc<Fields>) -> usize {
    Arc::as_ptr(about) as usize
}
