//! The activity attempts that are executing.

use std::{collections::hash_map::Entry, sync::Arc, time::Instant};

use parking_lot::Mutex;

use super::{Happened, Registry, Watched, shards::Shards};
use crate::{
    clock,
    execution::{Fields, Info},
    metrics::ActivitySeries,
    schema::Outcome,
};

/// The activity attempts that are executing. An attempt is identified by the address of its fields,
/// which all layers around it share.
#[derive(Default)]
pub(crate) struct Attempts(Shards<usize, AttemptSeen>);

/// An executing attempt.
#[derive(Clone)]
pub(crate) struct AttemptSeen {
    pub(crate) number: u64,
    info: Arc<Info>,
}

impl AttemptSeen {
    pub(crate) fn about(&self) -> &Fields {
        self.info.fields()
    }

    pub(crate) fn beats(&self) -> Option<&Beats> {
        self.info.get()
    }
}

/// When an attempt started, and when it sent its last heartbeat.
pub(crate) struct Beats {
    pub(crate) started: Instant,
    last: Mutex<Option<Instant>>,
    /// The series of the time between heartbeats, if it is measured.
    series: Option<Arc<ActivitySeries>>,
}

/// An attempt's entry among the executing ones, until it is dropped.
pub(crate) struct Executing {
    watched: Arc<Watched>,
    about: Arc<Fields>,
}

impl Attempts {
    /// Returns the executing attempts, in the order in which they started.
    pub(crate) fn list(&self) -> Vec<AttemptSeen> {
        let mut list = Vec::new();
        self.0.each(|seen| list.push(seen.clone()));
        list.sort_unstable_by_key(|seen| seen.number);
        list
    }
}

impl Executing {
    /// Registers an executing attempt, unless a layer around this one has done so.
    pub(crate) fn begin(registry: &Arc<Registry>, attempt: &Arc<Info>) -> Option<Self> {
        let watched = registry.watched()?;
        let about = attempt.fields();
        let mut attempts = watched.attempts.0.of(&address(about));
        let Entry::Vacant(place) = attempts.entry(address(about)) else {
            return None;
        };
        place.insert(AttemptSeen {
            number: registry.number(),
            info: attempt.clone(),
        });
        Some(Self {
            watched: watched.clone(),
            about: about.clone(),
        })
    }

    /// Notes an event for the attempt's end, if it is worth one.
    pub(crate) fn ended(&self, outcome: &Outcome) {
        if outcome.is_error() {
            let what = || Happened::ActivityFailed(outcome.clone());
            self.watched.events.note(|| (self.about.clone(), what()));
        }
    }
}

impl Drop for Executing {
    fn drop(&mut self) {
        let key = address(&self.about);
        self.watched.attempts.0.of(&key).remove(&key);
    }
}

impl Beats {
    /// Begins to note the heartbeats of an attempt that starts.
    pub(crate) fn starting(series: Option<Arc<ActivitySeries>>) -> Self {
        Self {
            started: clock::now(),
            last: Mutex::default(),
            series,
        }
    }

    /// Returns when the last heartbeat was sent.
    pub(crate) fn last(&self) -> Option<Instant> {
        *self.last.lock()
    }

    /// Notes a heartbeat, and measures the time since the one before, or since the start.
    pub(crate) fn beat(&self) {
        let now = clock::now();
        let before = self.last.lock().replace(now).unwrap_or(self.started);
        if let Some(series) = &self.series {
            series.beat(now.duration_since(before));
        }
    }
}

fn address(about: &Arc<Fields>) -> usize {
    Arc::as_ptr(about) as usize
}
