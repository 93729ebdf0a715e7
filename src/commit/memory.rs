//! What runs that left the cache have emitted in a task that may be executed anew.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use parking_lot::Mutex;

use super::{Kind, Noted, SignalCounts, counts::Counters, signals::Signals};

/// Of how many runs that is known.
const MOST: usize = 1000;

/// What runs that left the cache have emitted, how many signals were left out since an earlier attempt
/// had emitted them, and of how many nobody knows that; and the panics of sinks, whatever is held.
#[derive(Default)]
pub(crate) struct Memory {
    runs: Mutex<Runs>,
    count: AtomicUsize,
    repeated: Counters,
    maybe_repeated: Counters,
    panics: AtomicU64,
}

/// The runs, by id and in the order in which they left.
#[derive(Default)]
struct Runs {
    signals: HashMap<Box<str>, (u64, Box<Signals>)>,
    order: BTreeMap<u64, Box<str>>,
    left: u64,
}

impl Memory {
    /// Returns how many signals were left out.
    pub(crate) fn repeated(&self) -> SignalCounts {
        self.repeated.so_far()
    }

    /// Returns how many signals may have been emitted by another process.
    pub(crate) fn maybe_repeated(&self) -> SignalCounts {
        self.maybe_repeated.so_far()
    }

    /// Returns how many panics of sinks were caught outside lanes.
    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    /// Hands something to sinks. A panic of one is caught and counted: this may be the worker's own
    /// task, which nobody shields.
    pub(crate) fn shielded(&self, emit: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(emit)).is_err() {
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn noted(&self, kind: Kind, noted: &Noted) {
        if !noted.is_new {
            self.repeated.add(kind, 1);
        } else if noted.may_repeat {
            self.maybe_repeated.add(kind, 1);
        }
    }

    /// Keeps what a run has emitted, unless another worker knows more of it, and forgets the run that
    /// left first beyond the limit.
    pub(crate) fn keep(&self, run_id: &str, signals: Box<Signals>) {
        let mut runs = self.runs.lock();
        let known = runs.signals.get(run_id);
        if known.is_some_and(|(_, known)| known.reach() > signals.reach()) {
            return;
        }
        runs.left += 1;
        let left = runs.left;
        if let Some((before, _)) = runs.signals.insert(run_id.into(), (left, signals)) {
            runs.order.remove(&before);
        }
        runs.order.insert(left, run_id.into());
        if runs.order.len() > MOST
            && let Some((_, oldest)) = runs.order.pop_first()
        {
            runs.signals.remove(&oldest);
        }
        self.count.store(runs.signals.len(), Ordering::Relaxed);
    }

    /// Takes out what a run has emitted.
    pub(crate) fn take(&self, run_id: &str) -> Option<Box<Signals>> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut runs = self.runs.lock();
        let (left, signals) = runs.signals.remove(run_id)?;
        runs.order.remove(&left);
        self.count.store(runs.signals.len(), Ordering::Relaxed);
        Some(signals)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}
