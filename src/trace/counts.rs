//! The counts of spans on their way to collectors, and of unreadable headers.

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
