//! Handles that record only finite numbers.

use std::sync::Arc;

use metrics::{Gauge, GaugeFn, Histogram, HistogramFn};

use super::counts::Counts;

/// The largest absolute value, so that no sum of values becomes infinite.
const GREATEST: f64 = 1e288;

/// A handle that records only finite numbers: one `NaN` would stay in a sum forever.
pub(super) struct Finite<H> {
    inner: H,
    counts: Arc<Counts>,
}

impl<H> Finite<H> {
    pub(super) fn new(inner: H, counts: &Arc<Counts>) -> Arc<Self> {
        let counts = counts.clone();
        Arc::new(Self { inner, counts })
    }

    #[inline]
    fn with(&self, value: f64, times: usize, record: impl FnOnce(&H)) {
        // False for `NaN`.
        if value.abs() <= GREATEST {
            record(&self.inner);
        } else {
            self.counts.refuse_values(times);
        }
    }
}

impl GaugeFn for Finite<Gauge> {
    fn increment(&self, value: f64) {
        self.with(value, 1, |gauge| gauge.increment(value));
    }

    fn decrement(&self, value: f64) {
        self.with(value, 1, |gauge| gauge.decrement(value));
    }

    fn set(&self, value: f64) {
        self.with(value, 1, |gauge| gauge.set(value));
    }
}

impl HistogramFn for Finite<Histogram> {
    fn record(&self, value: f64) {
        self.with(value, 1, |histogram| histogram.record(value));
    }

    fn record_many(&self, value: f64, count: usize) {
        self.with(value, count, |histogram| {
            histogram.record_many(value, count)
        });
    }
}
