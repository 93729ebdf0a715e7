//! The counts of suppressed signals of one workflow type.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what was suppressed in replay, for one workflow type.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    events: AtomicU64,
    metrics: AtomicU64,
}

impl Tally {
    pub(crate) fn add(&self, suppressed: Suppressed) {
        self.events.fetch_add(suppressed.events, Ordering::Relaxed);
        self.metrics
            .fetch_add(suppressed.metrics, Ordering::Relaxed);
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
