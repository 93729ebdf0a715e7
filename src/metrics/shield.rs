//! The recorder that catches the panics of the recorder inside it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

/// A wrapper that catches a recorder's panics: only the recording at hand is lost, and counted.
pub(crate) struct Shield<R> {
    inner: R,
    panics: Panics,
}

/// Counts the panics of recorders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panics(Arc<AtomicU64>);

impl Panics {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Runs code that may panic. The process's panic hook has already printed the message.
    pub(super) fn caught<T>(&self, body: impl FnOnce() -> T) -> Option<T> {
        let ran = catch_unwind(AssertUnwindSafe(body));
        if ran.is_err() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        ran.ok()
    }
}

impl<R> Shield<R> {
    pub(crate) fn new(inner: R, panics: &Panics) -> Self {
        let panics = panics.clone();
        Self { inner, panics }
    }

    fn shielded<T>(&self, body: impl FnOnce(&R) -> T) -> Option<T> {
        self.panics.caught(|| body(&self.inner))
    }

    /// Returns a handle that is shielded like this.
    fn handle<H>(&self, inner: H) -> Arc<Shield<H>> {
        Arc::new(Shield::new(inner, &self.panics))
    }
}

impl<R: Recorder> Recorder for Shield<R> {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.shielded(|inner| inner.describe_counter(key, unit, description));
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.shielded(|inner| inner.describe_gauge(key, unit, description));
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.shielded(|inner| inner.describe_histogram(key, unit, description));
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.shielded(|inner| inner.register_counter(key, metadata))
            .map_or_else(Counter::noop, |counter| {
                Counter::from_arc(self.handle(counter))
            })
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.shielded(|inner| inner.register_gauge(key, metadata))
            .map_or_else(Gauge::noop, |gauge| Gauge::from_arc(self.handle(gauge)))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.shielded(|inner| inner.register_histogram(key, metadata))
            .map_or_else(Histogram::noop, |histogram| {
                Histogram::from_arc(self.handle(histogram))
            })
    }
}

impl CounterFn for Shield<Counter> {
    fn increment(&self, value: u64) {
        self.shielded(|inner| inner.increment(value));
    }

    fn absolute(&self, value: u64) {
        self.shielded(|inner| inner.absolute(value));
    }
}

impl GaugeFn for Shield<Gauge> {
    fn increment(&self, value: f64) {
        self.shielded(|inner| inner.increment(value));
    }

    fn decrement(&self, value: f64) {
        self.shielded(|inner| inner.decrement(value));
    }

    fn set(&self, value: f64) {
        self.shielded(|inner| inner.set(value));
    }
}

impl HistogramFn for Shield<Histogram> {
    fn record(&self, value: f64) {
        self.shielded(|inner| inner.record(value));
    }

    fn record_many(&self, value: f64, count: usize) {
        self.shielded(|inner| inner.record_many(value, count));
    }
}
