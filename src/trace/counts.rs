use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// What became of the spans that ended, and of the headers that came.
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
        let has_room = self.waiting() < limit && !counts.shut_down.load(Ordering::Relaxed);
        let count = if has_room {
            &counts.queued
        } else {
            &counts.dropped
        };
        count.fetch_add(1, Ordering::Relaxed);
        has_room
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

    fn waiting(&self) -> u64 {
        let gone = self.0.exported.load(Ordering::Relaxed) + self.0.failed.load(Ordering::Relaxed);
        self.0.queued.load(Ordering::Relaxed).saturating_sub(gone)
    }

    pub(super) fn snapshot(&self) -> SpanCounts {
        SpanCounts {
            exported: self.0.exported.load(Ordering::Relaxed),
            failed: self.0.failed.load(Ordering::Relaxed),
            dropped: self.0.dropped.load(Ordering::Relaxed),
            waiting: self.waiting(),
            ..SpanCounts::default()
        }
    }
}
