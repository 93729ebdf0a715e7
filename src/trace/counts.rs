use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// What became of the spans that ended, and of the headers that came.
///
/// Every span that ended is exported, failed, dropped or waiting; with several collectors, for each
/// of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanCounts {
    /// Spans that reached the collector.
    pub exported: u64,
    /// Spans that the collector refused, or that did not reach it.
    pub failed: u64,
    /// Spans for which there was no room while others waited to be sent, or that ended after the
    /// shutdown.
    pub dropped: u64,
    /// Spans that wait to be sent.
    pub waiting: u64,
    /// Headers that could not be read, or not wholly: encoded by a codec, cut off, oversized or
    /// malicious.
    pub unreadable_headers: u64,
    /// Calls of span processors that panicked. Each was caught.
    pub panics: u64,
}

/// Counts of spans on their way to a collector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    queued: AtomicU64,
    exported: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    shut_down: AtomicBool,
}

impl Counts {
    /// Takes a place among those that wait, if there is one.
    pub(super) fn queue(&self, limit: u64) -> bool {
        let counts = &self.0;
        let shut_down = counts.shut_down.load(Ordering::Relaxed);
        // Several threads may see the last place, and one may have it: what is sent meanwhile only
        // makes room.
        let take = |queued: u64| {
            let has_room = !shut_down && queued.saturating_sub(self.gone()) < limit;
            has_room.then_some(queued + 1)
        };
        let taken = counts
            .queued
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if taken.is_err() {
            counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
        taken.is_ok()
    }

    pub(super) fn left(&self, spans: u64, exported: bool) {
        let count = if exported {
            &self.0.exported
        } else {
            &self.0.failed
        };
        count.fetch_add(spans, Ordering::Relaxed);
    }

    pub(super) fn shut_down(&self) {
        self.0.shut_down.store(true, Ordering::Relaxed);
    }

    fn gone(&self) -> u64 {
        self.0.exported.load(Ordering::Relaxed) + self.0.failed.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> u64 {
        let gone = self.gone();
        self.0.queued.load(Ordering::Relaxed).saturating_sub(gone)
    }

    /// Adds these to what is known of other collectors.
    pub(super) fn add_to(&self, counts: SpanCounts) -> SpanCounts {
        SpanCounts {
            exported: counts.exported + self.0.exported.load(Ordering::Relaxed),
            failed: counts.failed + self.0.failed.load(Ordering::Relaxed),
            dropped: counts.dropped + self.0.dropped.load(Ordering::Relaxed),
            waiting: counts.waiting + self.waiting(),
            ..counts
        }
    }
}
