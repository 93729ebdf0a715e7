//! The deliveries of items on their way to a collector: exported, failed, dropped, or still waiting.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Counts the items of one signal on their way to one collector, and bounds how many wait. Cheap to
/// clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    queued: AtomicU64,
    exported: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    shut_down: AtomicBool,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivered {
    pub(crate) exported: u64,
    pub(crate) failed: u64,
    pub(crate) dropped: u64,
    pub(crate) waiting: u64,
}

impl Deliveries {
    /// Takes a place in the queue, if there is one, or counts the item as dropped.
    pub(crate) fn queue(&self, limit: u64) -> bool {
        let counts = &self.0;
        let shut_down = counts.shut_down.load(Ordering::Relaxed);
        // Several threads may see the last place, and only one may take it. Items sent meanwhile
        // only make room.
        let take = |queued: u64| {
            let has_room = !shut_down && queued.saturating_sub(self.gone()) < limit;
            has_room.then_some(queued + 1)
        };
        let taken = counts
            .queued
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if taken.is_err() {
            self.dropped();
        }
        taken.is_ok()
    }

    /// Counts an item as dropped.
    pub(crate) fn dropped(&self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a batch that left the queue, of which some items did not arrive.
    pub(crate) fn left(&self, items: u64, failed: u64) {
        let failed = failed.min(items);
        self.0.failed.fetch_add(failed, Ordering::Relaxed);
        let exported = items - failed;
        self.0.exported.fetch_add(exported, Ordering::Relaxed);
    }

    /// Takes no more items.
    pub(crate) fn shut_down(&self) {
        self.0.shut_down.store(true, Ordering::Relaxed);
    }

    fn gone(&self) -> u64 {
        self.0.exported.load(Ordering::Relaxed) + self.0.failed.load(Ordering::Relaxed)
    }

    /// Returns the counts of all collectors so far.
    pub(crate) fn total(all: &[Self]) -> Delivered {
        let mut total = Delivered::default();
        for Self(counts) in all {
            let (exported, failed) = (
                counts.exported.load(Ordering::Relaxed),
                counts.failed.load(Ordering::Relaxed),
            );
            total.exported += exported;
            total.failed += failed;
            total.dropped += counts.dropped.load(Ordering::Relaxed);
            let queued = counts.queued.load(Ordering::Relaxed);
            total.waiting += queued.saturating_sub(exported + failed);
        }
        total
    }
}
