use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what replay would have repeated, for one workflow type.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    events: AtomicU64,
}

impl Tally {
    pub(crate) fn add_events(&self, count: u64) {
        self.events.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }
}
