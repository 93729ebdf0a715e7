//! The counts of suppressed signals of one workflow type.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what was suppressed in replay, for one workflow type.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    events: AtomicU64,
    metrics: AtomicU64,
}

impl Tally {
    pub(super) fn add(&self, hidden: Hidden) {
        let events = hidden.0 % Hidden::METRIC;
        let metrics = hidden.0 / Hidden::METRIC;
        self.events.fetch_add(events, Ordering::Relaxed);
        self.metrics.fetch_add(metrics, Ordering::Relaxed);
    }

    pub(crate) fn total(&self) -> Suppressed {
        Suppressed {
            events: self.events.load(Ordering::Relaxed),
            metrics: self.metrics.load(Ordering::Relaxed),
        }
    }
}

/// The number of each kind of signal that was suppressed in replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suppressed {
    pub(crate) events: u64,
    pub(crate) metrics: u64,
}

/// The same for one poll, in one word: events in its lower half, metrics in its upper one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hidden(pub(super) u64);

impl Hidden {
    #[cfg(feature = "logs")]
    pub(super) const EVENT: u64 = 1;
    pub(super) const METRIC: u64 = 1 << 32;
}
