//! A recorder over an OpenTelemetry meter.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use opentelemetry::metrics::{BoundHistogram, Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::{family::Families, names, units};
use crate::{
    export::ExportThread,
    metrics::{
        cardinality::names::{Kind, identity},
        export::buckets::Buckets,
    },
};

/// A recorder over an OpenTelemetry meter.
///
/// `metrics-exporter-opentelemetry` makes a new instrument at each registration, which the macros
/// do at each call; it forgets the state of a gauge between two of them, and loses the description
/// of all series but the first. Here counters and gauges are atomics that are read when metrics are
/// collected, and histograms are bound once.
#[derive(Clone)]
pub(crate) struct OtelRecorder(Arc<Shared>);

struct Shared {
    provider: SdkMeterProvider,
    meter: Meter,
    /// By what all spellings of a name have in common, like the bounds.
    descriptions: Mutex<HashMap<String, Description>>,
    bounds: HashMap<String, Vec<f64>>,
    counters: Families<AtomicU64>,
    gauges: Families<AtomicU64>,
    histograms: Families<Bound>,
    failures: Arc<AtomicU64>,
    /// After the provider, which flushes when it is dropped. Every recorder keeps it alive.
    _thread: Arc<ExportThread>,
}

#[derive(Clone, Default)]
struct Description {
    unit: Option<Unit>,
    text: SharedString,
}

/// A histogram with its attributes bound.
struct Bound(BoundHistogram<f64>);

impl HistogramFn for Bound {
    fn record(&self, value: f64) {
        self.0.record(value);
    }
}

/// Has a histogram's bounds be found under whichever spelling of its name.
fn by_identity((name, bounds): (String, Vec<f64>)) -> (String, Vec<f64>) {
    (identity(&name, Kind::Histogram), bounds)
}

impl OtelRecorder {
    pub(super) fn new(
        provider: SdkMeterProvider,
        buckets: &Buckets,
        failures: Arc<AtomicU64>,
        thread: Arc<ExportThread>,
    ) -> Self {
        Self(Arc::new(Shared {
            meter: provider.meter("chronoscope"),
            provider,
            descriptions: Mutex::default(),
            bounds: buckets.by_name().into_iter().map(by_identity).collect(),
            counters: Families::default(),
            gauges: Families::default(),
            histograms: Families::default(),
            failures,
            _thread: thread,
        }))
    }

    /// Returns how many exports failed so far.
    pub(crate) fn failures(&self) -> u64 {
        self.0.failures.load(Ordering::Relaxed)
    }

    /// Sends the current values. Waits a few seconds for a collector that does not respond.
    pub(crate) fn flush(&self) {
        if let Err(error) = self.0.provider.force_flush() {
            tracing::debug!(%error, "cannot send metrics to the OpenTelemetry collector");
        }
    }

    /// Sends the current values once more, and stops. Waits a few seconds for a collector that does
    /// not respond.
    pub(crate) fn shutdown(&self) {
        if let Err(error) = self.0.provider.shutdown() {
            tracing::debug!(%error, "cannot send the last metrics to the OpenTelemetry collector");
        }
    }

    fn describe(&self, key: &KeyName, kind: Kind, unit: Option<Unit>, text: SharedString) {
        let mut descriptions = self.lock_descriptions();
        let name = identity(key.as_str(), kind);
        descriptions.insert(name, Description { unit, text });
    }

    /// Returns the description of a metric, under any of its spellings.
    fn description(&self, name: &str, kind: Kind) -> Description {
        let descriptions = self.lock_descriptions();
        let found = descriptions.get(&identity(name, kind));
        found.cloned().unwrap_or_default()
    }

    fn lock_descriptions(&self) -> std::sync::MutexGuard<'_, HashMap<String, Description>> {
        self.0
            .descriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn bound(&self, key: &Key, attributes: &[opentelemetry::KeyValue]) -> Bound {
        let description = self.description(key.name(), Kind::Histogram);
        let bounds = self.0.bounds.get(&identity(key.name(), Kind::Histogram));
        let bounds = bounds.map_or(Buckets::default_bounds(), |bounds| bounds);
        let histogram = self
            .0
            .meter
            .f64_histogram(names::metric(key.name()).unwrap_or(key.name()).to_owned())
            .with_unit(units::of(key.name(), description.unit))
            .with_description(description.text.to_string())
            .with_boundaries(bounds.to_vec())
            .build();
        Bound(histogram.bind(attributes))
    }
}

impl Recorder for OtelRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&key, Kind::Counter, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&key, Kind::Gauge, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&key, Kind::Histogram, unit, description);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let make = |_: &[opentelemetry::KeyValue]| AtomicU64::new(0);
        let series = self.0.counters.get(key, make, |family| {
            let description = self.description(key.name(), Kind::Counter);
            let _ = self
                .0
                .meter
                .u64_observable_counter(key.name().to_owned())
                .with_unit(units::of(key.name(), description.unit))
                .with_description(description.text.to_string())
                .with_callback(move |observer| {
                    family.each(|attributes, value| {
                        // The protocol's numbers end there.
                        let value = value.load(Ordering::Relaxed).min(i64::MAX.unsigned_abs());
                        observer.observe(value, attributes);
                    });
                })
                .build();
        });
        Counter::from_arc(series)
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        let make = |_: &[opentelemetry::KeyValue]| AtomicU64::new(0);
        let series = self.0.gauges.get(key, make, |family| {
            let description = self.description(key.name(), Kind::Gauge);
            let _ = self
                .0
                .meter
                .f64_observable_gauge(key.name().to_owned())
                .with_unit(units::of(key.name(), description.unit))
                .with_description(description.text.to_string())
                .with_callback(move |observer| {
                    family.each(|attributes, bits| {
                        let value = f64::from_bits(bits.load(Ordering::Relaxed));
                        observer.observe(value, attributes);
                    });
                })
                .build();
        });
        Gauge::from_arc(series)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let make = |attributes: &[opentelemetry::KeyValue]| self.bound(key, attributes);
        Histogram::from_arc(self.0.histograms.get(key, make, drop))
    }
}

impl fmt::Debug for OtelRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelRecorder")
            .field("provider", &self.0.provider)
            .finish_non_exhaustive()
    }
}
