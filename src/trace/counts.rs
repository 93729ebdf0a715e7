//! The counts of spans on their way to collectors, and of unreadable headers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// The counts of ended spans, and of received headers that could not be read.
///
/// Every ended span is either exported, failed, dropped or waiting, once per collector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanCounts {
    /// Spans that reached the collector.
    pub exported: u64,
    /// Spans that the collector refused, or that could not be sent to it.
    pub failed: u64,
    /// Spans for which the queue had no room, or that ended after the shutdown.
    pub dropped: u64,
    /// Spans that wait to be sent.
    pub waiting: u64,
    /// Headers that could not be read completely: encoded by a codec, truncated, oversized or
    /// malicious.
    pub unreadable_headers: u64,
    /// Calls of span processors that panicked. Each panic was caught.
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
    /// Takes a place in the queue, if there is one.
    pub(super) fn queue(&self, limit: u64) -> bool {
        let counts = &self.0;
        let shut_down = counts.shut_down.load(Ordering::Relaxed);
        // Several threads may see the last place, and only one may take it. Spans sent meanwhile
        // only make room.
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

    /// Adds these counts to those of other collectors.
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
