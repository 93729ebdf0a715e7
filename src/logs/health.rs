//! What log sinks lost.

/// What the log sinks of [`Builder::install`](crate::Builder::install) lost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// Lines that found the buffer full, because the writer was slower than the code that logs.
    pub overflowed: u64,
    /// Lines that the writer could not write: it returned an error or panicked.
    pub failed: u64,
    /// Events on which a layer panicked, or the `Debug` of a logged value did.
    pub panicked: u64,
}
