use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

/// A recorder that may panic and hurts nobody: what it panics on is lost, and that is all.
pub(crate) struct Shield<R>(pub(crate) R);

/// Runs what may panic; the panic's message is out already, by the process's own hook.
fn shielded<T>(body: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(body)).ok()
}

impl<R: Recorder> Recorder for Shield<R> {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        shielded(|| self.0.describe_counter(key, unit, description));
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        shielded(|| self.0.describe_gauge(key, unit, description));
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        shielded(|| self.0.describe_histogram(key, unit, description));
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        shielded(|| self.0.register_counter(key, metadata)).map_or_else(Counter::noop, |counter| {
            Counter::from_arc(Arc::new(Shield(counter)))
        })
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        shielded(|| self.0.register_gauge(key, metadata)).map_or_else(Gauge::noop, |gauge| {
            Gauge::from_arc(Arc::new(Shield(gauge)))
        })
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        shielded(|| self.0.register_histogram(key, metadata))
            .map_or_else(Histogram::noop, |histogram| {
                Histogram::from_arc(Arc::new(Shield(histogram)))
            })
    }
}

impl CounterFn for Shield<Counter> {
    fn increment(&self, value: u64) {
        shielded(|| self.0.increment(value));
    }

    fn absolute(&self, value: u64) {
        shielded(|| self.0.absolute(value));
    }
}

impl GaugeFn for Shield<Gauge> {
    fn increment(&self, value: f64) {
        shielded(|| self.0.increment(value));
    }

    fn decrement(&self, value: f64) {
        shielded(|| self.0.decrement(value));
    }

    fn set(&self, value: f64) {
        shielded(|| self.0.set(value));
    }
}

impl HistogramFn for Shield<Histogram> {
    fn record(&self, value: f64) {
        shielded(|| self.0.record(value));
    }

    fn record_many(&self, value: f64, count: usize) {
        shielded(|| self.0.record_many(value, count));
    }
}
