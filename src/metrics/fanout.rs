//! The recorder that records into several.

use std::{fmt, sync::Arc};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

use super::SharedRecorder;

/// A recorder that records into several, such as one for Prometheus and one for OTLP.
///
/// Unlike the one of `metrics-util` it can be shared between threads, as the core's meter requires,
/// and with one recorder it adds no cost to a handle.
#[derive(Clone, Default)]
pub(super) struct Fanout {
    recorders: Vec<SharedRecorder>,
}

impl Fanout {
    /// Creates a recorder that records into all of the given ones.
    pub(super) fn new(recorders: impl IntoIterator<Item = SharedRecorder>) -> Self {
        Self {
            recorders: recorders.into_iter().collect(),
        }
    }

    /// Registers a handle with each recorder, and combines them.
    fn register<H>(
        &self,
        register: impl Fn(&SharedRecorder) -> H,
        all: impl FnOnce(Arc<[H]>) -> H,
    ) -> H {
        match &self.recorders[..] {
            [one] => register(one),
            several => all(several.iter().map(register).collect()),
        }
    }
}

impl Recorder for Fanout {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        for recorder in &self.recorders {
            recorder.describe_counter(key.clone(), unit, description.clone());
        }
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        for recorder in &self.recorders {
            recorder.describe_gauge(key.clone(), unit, description.clone());
        }
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        for recorder in &self.recorders {
            recorder.describe_histogram(key.clone(), unit, description.clone());
        }
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.register(
            |recorder| recorder.register_counter(key, metadata),
            |handles| Counter::from_arc(Arc::new(Each(handles))),
        )
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.register(
            |recorder| recorder.register_gauge(key, metadata),
            |handles| Gauge::from_arc(Arc::new(Each(handles))),
        )
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.register(
            |recorder| recorder.register_histogram(key, metadata),
            |handles| Histogram::from_arc(Arc::new(Each(handles))),
        )
    }
}

impl fmt::Debug for Fanout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fanout")
            .field("recorders", &self.recorders.len())
            .finish()
    }
}

/// Handles that are used as one.
struct Each<H>(Arc<[H]>);

impl CounterFn for Each<Counter> {
    fn increment(&self, value: u64) {
        self.0.iter().for_each(|counter| counter.increment(value));
    }

    fn absolute(&self, value: u64) {
        self.0.iter().for_each(|counter| counter.absolute(value));
    }
}

impl GaugeFn for Each<Gauge> {
    fn increment(&self, value: f64) {
        self.0.iter().for_each(|gauge| gauge.increment(value));
    }

    fn decrement(&self, value: f64) {
        self.0.iter().for_each(|gauge| gauge.decrement(value));
    }

    fn set(&self, value: f64) {
        self.0.iter().for_each(|gauge| gauge.set(value));
    }
}

impl HistogramFn for Each<Histogram> {
    fn record(&self, value: f64) {
        self.0.iter().for_each(|histogram| histogram.record(value));
    }

    fn record_many(&self, value: f64, count: usize) {
        self.0
            .iter()
            .for_each(|histogram| histogram.record_many(value, count));
    }
}
