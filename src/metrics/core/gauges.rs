//! The core's gauges of slots and pollers, readable for introspection.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use metrics::{
    Counter, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use crate::{
    metrics::SharedRecorder,
    schema::{Label, Metric},
};

/// The gauges of a worker that introspection reads.
const READ: &[Metric] = &[
    Metric::WorkerTaskSlotsUsed,
    Metric::WorkerTaskSlotsAvailable,
    Metric::NumPollers,
    Metric::StickyCacheSize,
];

/// The most gauges that are read. A worker has a dozen.
const LIMIT: usize = 10_000;

/// The values of the core's gauges, while introspection is on.
#[derive(Default)]
pub(crate) struct GaugeTable {
    is_on: AtomicBool,
    gauges: Mutex<HashMap<Key, (Metric, Arc<Value>)>>,
    /// The number of gauges without room.
    unread: AtomicU64,
}

/// The value of one gauge.
pub(crate) struct Reading {
    pub(crate) metric: Metric,
    pub(crate) namespace: String,
    pub(crate) task_queue: String,
    /// The kind of slots or pollers.
    pub(crate) kind: String,
    pub(crate) value: f64,
}

impl GaugeTable {
    /// Makes gauges readable that are bound from now on.
    pub(crate) fn switch_on(&self) {
        self.is_on.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Returns the values of all gauges that were set.
    pub(crate) fn read(&self) -> Vec<Reading> {
        let gauges = self.gauges.lock();
        let readings = gauges.iter().filter_map(|(key, (metric, value))| {
            let label = |label: Label| {
                let mut labels = key.labels();
                let found = labels.find(|known| known.key() == label.name());
                found.map_or_else(String::new, |known| known.value().to_owned())
            };
            let kind = match metric {
                Metric::NumPollers => label(Label::PollerType),
                Metric::StickyCacheSize => String::new(),
                _ => label(Label::WorkerType),
            };
            Some(Reading {
                metric: *metric,
                namespace: label(Label::Namespace),
                task_queue: label(Label::TaskQueue),
                kind,
                value: value.get()?,
            })
        });
        readings.collect()
    }

    /// Returns the number of gauges without room.
    pub(crate) fn unread(&self) -> u64 {
        self.unread.load(Ordering::Relaxed)
    }

    fn value(&self, metric: Metric, key: &Key) -> Option<Arc<Value>> {
        let mut gauges = self.gauges.lock();
        if let Some((_, value)) = gauges.get(key) {
            return Some(value.clone());
        }
        if gauges.len() >= LIMIT {
            self.unread.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let value = Arc::new(Value::default());
        gauges.insert(key.clone(), (metric, value.clone()));
        Some(value)
    }
}

/// The last value as bits; all ones (not a number) before the first.
struct Value(AtomicU64);

impl Default for Value {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Value {
    fn get(&self) -> Option<f64> {
        let value = f64::from_bits(self.0.load(Ordering::Relaxed));
        (!value.is_nan()).then_some(value)
    }

    fn add(&self, by: f64) {
        let sum = |bits| {
            let value = f64::from_bits(bits);
            Some((if value.is_nan() { by } else { value + by }).to_bits())
        };
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
    }
}

/// A gauge whose value can also be read.
struct Read {
    value: Arc<Value>,
    inner: Gauge,
}

impl GaugeFn for Read {
    fn increment(&self, value: f64) {
        self.value.add(value);
        self.inner.increment(value);
    }

    fn decrement(&self, value: f64) {
        self.value.add(-value);
        self.inner.decrement(value);
    }

    fn set(&self, value: f64) {
        self.value.0.store(value.to_bits(), Ordering::Relaxed);
        self.inner.set(value);
    }
}

/// A recorder for the core's meter that makes some of its gauges readable. All other handles, and
/// all handles while introspection is off, are those of the inner recorder.
pub(crate) struct ReadBy {
    pub(crate) gauges: Arc<GaugeTable>,
    pub(crate) inner: SharedRecorder,
}

impl Recorder for ReadBy {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.inner.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let inner = self.inner.register_gauge(key, metadata);
        if !self.gauges.is_on() {
            return inner;
        }
        let metric = READ.iter().find(|metric| metric.name() == key.name());
        match metric.and_then(|metric| self.gauges.value(*metric, key)) {
            Some(value) => Gauge::from_arc(Arc::new(Read { value, inner })),
            None => inner,
        }
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.inner.register_histogram(key, metadata)
    }
}
