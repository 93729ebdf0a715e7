//! The losses of log sinks, and the deliveries of log records.

/// The lines that the log sinks of [`Builder::install`](crate::Builder::install) have lost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// Lines that found the buffer full, because the writer was slower than the code that logs, or
    /// came after the end of the writer.
    pub overflowed: u64,
    /// Lines that the writer could not write: it returned an error or panicked.
    pub failed: u64,
    /// Lines that were buffered yet when the writer had to end.
    pub left_behind: u64,
    /// Flushes that the writer failed: it returned an error or panicked. What it kept to itself
    /// until then, which nobody else can count, may be lost.
    pub flushes_failed: u64,
    /// Events whose line could not be made: the `Debug` or `Display` of a logged value returned an
    /// error.
    pub unformatted: u64,
    /// Events on which a layer panicked, or the `Debug` of a logged value did.
    pub panicked: u64,
    /// Fields of events that are written under another name, since the line has another field of
    /// their own: [`LogFormat::JsonFlat`](super::LogFormat::JsonFlat). None is lost.
    pub fields_renamed: u64,
}

/// The counts of log records for collectors.
///
/// Every record is either exported, failed, dropped or waiting, once per collector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordCounts {
    /// Records that reached the collector.
    pub exported: u64,
    /// Records that the collector refused, or that could not be sent to it.
    pub failed: u64,
    /// Records for which the queue had no room, or that came after the shutdown.
    pub dropped: u64,
    /// Records that wait to be sent.
    pub waiting: u64,
    /// Events of which no record could be made: the `Debug` of a logged value panicked.
    pub panicked: u64,
}
