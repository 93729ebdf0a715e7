//! What all runs of a process share: bounds, counts, and which refusals were shown.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{
    CommitCounts, Kind, Lines, OnCommit, Refused, SignalCounts, counts::Counters, doubt::Doubts,
};
use crate::clock;

/// The number of runs for which the task is known whose refusal was shown.
const MOST: usize = 10_000;

/// How many histories are read at a time.
const ASKED_AT_ONCE: usize = 8;

/// How long a shutdown waits for histories.
const SETTLING: Duration = Duration::from_secs(2);

/// What all runs of a process share.
pub(crate) struct Holding {
    pub(super) options: OnCommit,
    bytes: AtomicUsize,
    signals: AtomicUsize,
    pub(super) released: Counters,
    pub(super) refused: Counters,
    pub(super) shown: Counters,
    pub(super) early: Counters,
    pub(super) unknown: Counters,
    overflowed: Counters,
    unseen: AtomicU64,
    asked: AtomicU64,
    panics: AtomicU64,
    shows: Mutex<Shows>,
    /// Whether a connection is known to hold nothing.
    is_warned: AtomicBool,
    is_full: AtomicBool,
    is_told: AtomicBool,
    is_slow: AtomicBool,
    asking: Semaphore,
    pub(super) doubts: Doubts,
    /// Records how long the signals of a task waited.
    waited: Option<Box<dyn Fn(Duration) + Send + Sync>>,
}

/// The runs with the logical task whose refusal was shown, the oldest first.
#[derive(Default)]
struct Shows {
    tasks: HashMap<Box<str>, i64>,
    order: VecDeque<Box<str>>,
}

impl Holding {
    /// `waited` is told how long the signals of each task waited.
    pub(crate) fn new(
        options: OnCommit,
        waited: Option<Box<dyn Fn(Duration) + Send + Sync>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            options,
            bytes: AtomicUsize::new(0),
            signals: AtomicUsize::new(0),
            released: Counters::default(),
            refused: Counters::default(),
            shown: Counters::default(),
            early: Counters::default(),
            unknown: Counters::default(),
            overflowed: Counters::default(),
            unseen: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            shows: Mutex::default(),
            is_warned: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
            is_told: AtomicBool::new(false),
            is_slow: AtomicBool::new(false),
            asking: Semaphore::new(ASKED_AT_ONCE),
            doubts: Doubts::default(),
            waited,
        })
    }

    /// Returns how many connections a client opens.
    pub(crate) fn connections(&self) -> usize {
        self.options.connections
    }

    /// Returns whether signals of a kind are held.
    pub(super) fn holds(&self, kind: Kind) -> bool {
        kind != Kind::Text || self.options.lines == Lines::Held
    }

    /// Returns the counts so far.
    pub(crate) fn counts(&self) -> CommitCounts {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        CommitCounts {
            released: self.released.so_far(),
            refused: self.refused.so_far(),
            shown: self.shown.so_far(),
            overflowed: self.overflowed.so_far(),
            unknown: self.unknown.so_far(),
            repeated: SignalCounts::default(),
            maybe_repeated: SignalCounts::default(),
            early: self.early.so_far(),
            held: self.signals.load(Ordering::Relaxed) as u64,
            held_bytes: self.bytes.load(Ordering::Relaxed) as u64,
            unseen: get(&self.unseen),
            asked: get(&self.asked),
            panics: get(&self.panics),
        }
    }

    /// Warns once of an option of a connection because of which nothing is held.
    pub(crate) fn refused(&self, option: &'static str, why: &dyn std::fmt::Display) {
        if !self.is_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                option,
                why = %why,
                "telemetry of workflow code is emitted at once, not when the server has accepted its \
                 task"
            );
        }
    }

    /// Notes an activation whose task no gRPC layer saw, and warns once.
    pub(crate) fn unseen(&self) {
        self.unseen.fetch_add(1, Ordering::Relaxed);
        if !self.is_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "telemetry of workflow code is emitted at once, not when the server has accepted \
                 its task: the worker's connection was not wrapped; pass its options to \
                 `Observability::wrap` before `Connection::connect`"
            );
        }
    }

    /// Notes that a history is asked about a task. Returns how long its signals may wait.
    pub(crate) fn asks(&self) -> Duration {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.options.hold_at_most
    }

    /// Returns the permits to read histories.
    pub(crate) fn asking(&self) -> &Semaphore {
        &self.asking
    }

    /// Emits what waits for histories, after some time for the histories to be read.
    pub(crate) fn end(&self) {
        self.doubts.end(clock::now() + SETTLING);
    }

    /// Returns whether the lines of a refused task are shown.
    pub(super) fn shows(&self, run_id: &str, previous: i64) -> bool {
        match self.options.refused {
            Refused::Every => true,
            Refused::Drop => false,
            Refused::First => self.shows.lock().is_first(run_id, previous),
        }
    }

    /// Takes the room that a line needs.
    pub(super) fn takes(&self, bytes: usize) -> bool {
        let most = self.options.in_all;
        let held = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let has_room = held <= most;
        if !has_room {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        has_room
    }

    pub(super) fn held(&self, signals: usize) {
        self.signals.fetch_add(signals, Ordering::Relaxed);
    }

    pub(super) fn left(&self, signals: usize, bytes: usize) {
        self.signals.fetch_sub(signals, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Notes how long the signals of a task waited for the server's answer.
    pub(super) fn waited(&self, since: Instant) {
        if let Some(waited) = &self.waited {
            waited(since.elapsed());
        }
    }

    /// Counts a signal that found no room, and says so once.
    pub(super) fn overflowed(&self, kind: Kind) {
        self.overflowed.add(kind, 1);
        self.is_full.store(true, Ordering::Relaxed);
    }

    /// Returns whether this is the first time that lines wait for long.
    pub(crate) fn is_first_slow(&self) -> bool {
        !self.is_slow.swap(true, Ordering::Relaxed)
    }

    /// Says once that signals found no room. It can't be said where they were logged.
    pub(crate) fn say(&self) {
        if self.is_full.load(Ordering::Relaxed) && !self.is_told.swap(true, Ordering::Relaxed) {
            let dropped = self.overflowed.so_far().total();
            tracing::warn!(
                dropped,
                "telemetry of workflow tasks was dropped, since there was no room to hold it until \
                 the server accepts the task: raise `OnCommit::per_run` or `OnCommit::in_all`"
            );
        }
    }

    pub(super) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }
}

impl Shows {
    fn is_first(&mut self, run_id: &str, previous: i64) -> bool {
        match self.tasks.get_mut(run_id) {
            Some(known) => std::mem::replace(known, previous) != previous,
            None => {
                self.tasks.insert(run_id.into(), previous);
                self.order.push_back(run_id.into());
                if self.order.len() > MOST
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.tasks.remove(&oldest);
                }
                true
            }
        }
    }
}
