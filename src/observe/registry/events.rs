//! The events that introspection reads: bounded, the newest kept.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use parking_lot::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::state::TaskFailure;
use crate::{clock, execution::Fields, schema::Outcome};

/// The most events that wait to be taken over before some are dropped.
const WAITING: usize = 4096;

/// The most events that are kept for readers.
const KEPT: usize = 1024;

/// One event.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) at: SystemTime,
    /// The ids of the run or attempt that it happened to.
    pub(crate) about: Arc<Fields>,
    pub(crate) what: Happened,
}

#[derive(Clone)]
pub(crate) enum Happened {
    TaskFailed(Arc<TaskFailure>),
    Evicted {
        reason: &'static str,
    },
    RunFailed {
        error_type: Box<str>,
    },
    ActivityFailed(Outcome),
    Replayed {
        length: u32,
        time: Duration,
        log_events: u64,
        metrics: u64,
    },
}

/// The queue of events from the adapters to the readers: bounded, and events without room are
/// counted.
///
/// Adapters reserve a place. A reader moves queued events into the kept ones; so does an adapter
/// that finds the queue full, without waiting, and then the oldest are removed.
pub(crate) struct Events {
    way: Sender<Event>,
    taken: AtomicU64,
    dropped: AtomicU64,
    kept: Mutex<Kept>,
}

struct Kept {
    arriving: Receiver<Event>,
    events: VecDeque<Event>,
    /// The number of the newest event, from one.
    newest: u64,
}

/// The events that a reader has not seen.
pub(crate) struct Unseen {
    pub(crate) events: Vec<(u64, Event)>,
    /// The number of events that newer ones replaced.
    pub(crate) missed: u64,
    pub(crate) newest: u64,
}

impl Default for Events {
    fn default() -> Self {
        let (way, arriving) = mpsc::channel(WAITING);
        Self {
            way,
            taken: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            kept: Mutex::new(Kept {
                arriving,
                events: VecDeque::new(),
                newest: 0,
            }),
        }
    }
}

impl Events {
    /// Notes an event, and makes it only if there is room for it.
    pub(crate) fn note(&self, make: impl FnOnce() -> (Arc<Fields>, Happened)) {
        let place = self.way.try_reserve().or_else(|full| {
            // Make room by removing the oldest, unless a reader is about to do the same.
            if let Some(mut kept) = self.kept.try_lock() {
                kept.take_over();
            }
            self.way.try_reserve().map_err(|_| full)
        });
        let Ok(place) = place else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        self.taken.fetch_add(1, Ordering::Relaxed);
        let (about, what) = make();
        place.send(Event {
            at: clock::wall(),
            about,
            what,
        });
    }

    /// Takes over the queued events.
    pub(crate) fn take_over(&self) {
        self.kept.lock().take_over();
    }

    /// Returns the events after this number.
    pub(crate) fn after(&self, seen: u64) -> Unseen {
        let mut kept = self.kept.lock();
        kept.take_over();
        let oldest = kept.newest - kept.events.len() as u64 + 1;
        let first = oldest.max(seen.saturating_add(1));
        let numbered = (oldest..).zip(&kept.events);
        let skipped = usize::try_from(first - oldest).unwrap_or(usize::MAX);
        Unseen {
            events: numbered
                .skip(skipped)
                .map(|(number, event)| (number, event.clone()))
                .collect(),
            missed: oldest.saturating_sub(seen.saturating_add(1)),
            newest: kept.newest,
        }
    }

    /// Returns the number of the newest event.
    pub(crate) fn newest(&self) -> u64 {
        let mut kept = self.kept.lock();
        kept.take_over();
        kept.newest
    }

    /// Returns the number of events that found room so far.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Returns the number of events that found no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Kept {
    fn take_over(&mut self) {
        while let Ok(event) = self.arriving.try_recv() {
            if self.events.len() == KEPT {
                self.events.pop_front();
            }
            self.events.push_back(event);
            self.newest += 1;
        }
    }
}
