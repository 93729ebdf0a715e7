//! The counts of folded, dropped and changed series.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts folded, dropped and changed series.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    folded: AtomicU64,
    dropped: AtomicU64,
    renamed: AtomicU64,
    values_refused: AtomicU64,
    warned: AtomicBool,
}

/// The counts of series beyond the limits, and of names and values that can't be recorded
/// unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeriesCounts {
    /// Label values that were folded into `__other__`, or left out with their label.
    pub folded: u64,
    /// Series that were dropped, since there were too many metrics or another kind of metric has
    /// the name.
    pub dropped: u64,
    /// Names of metrics and labels that are recorded under another one.
    pub renamed: u64,
    /// Values that were not recorded, since they are not finite numbers.
    pub values_refused: u64,
}

impl Counts {
    pub(crate) fn so_far(&self) -> SeriesCounts {
        SeriesCounts {
            folded: self.folded.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            renamed: self.renamed.load(Ordering::Relaxed),
            values_refused: self.values_refused.load(Ordering::Relaxed),
        }
    }

    pub(super) fn fold(&self) {
        self.folded.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of dropped series so far.
    pub(super) fn drop_one(&self) -> u64 {
        self.dropped.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn rename(&self) {
        self.renamed.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    pub(super) fn refuse_values(&self, times: usize) {
        let times = u64::try_from(times).unwrap_or(u64::MAX);
        self.values_refused.fetch_add(times, Ordering::Relaxed);
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a gauge or histogram received a value that is not finite; such values are not \
                 recorded, and counted in `chronoscope_values_refused_total`"
            );
        }
    }
}
