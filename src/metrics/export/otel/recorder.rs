//! A recorder over an OpenTelemetry meter.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use opentelemetry::{
    KeyValue,
    metrics::{self as api, BoundHistogram, Meter},
};

use super::{family::Families, names, units};
use crate::metrics::{
    cardinality::names::{Kind, identity},
    export::buckets::Buckets,
};

/// A recorder over an OpenTelemetry meter.
///
/// `metrics-exporter-opentelemetry` makes a new instrument at each registration, which the macros
/// do at each call; it forgets the state of a gauge between two of them, and loses the description
/// of all series but the first. Here counters and gauges are atomics that are read when metrics are
/// collected, and histograms are bound once.
///
/// Every clone keeps the provider of the meter alive.
#[derive(Clone)]
pub(in crate::metrics) struct OtelRecorder<P>(Arc<Shared<P>>);

struct Shared<P> {
    provider: P,
    meter: Meter,
    binding: Binding,
    /// By what all spellings of a name have in common, like the bounds.
    descriptions: Mutex<HashMap<String, Description>>,
    bounds: HashMap<String, Vec<f64>>,
    counters: Families<AtomicU64>,
    gauges: Families<AtomicU64>,
    histograms: Families<Series>,
}

/// Whether the attributes of a histogram are bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::metrics::export) enum Binding {
    /// They are: a recording costs 15 ns.
    #[cfg(feature = "otlp")]
    Bound,
    /// They are not, since a provider may do without: one that does not implement it drops what is
    /// bound without a word. A recording costs 110 ns.
    Unbound,
}

#[derive(Clone, Default)]
struct Description {
    unit: Option<Unit>,
    text: SharedString,
}

/// A series of a histogram.
enum Series {
    #[cfg_attr(
        not(feature = "otlp"),
        allow(dead_code, reason = "only the exporter's provider binds")
    )]
    Bound(BoundHistogram<f64>),
    Unbound(api::Histogram<f64>, Vec<KeyValue>),
}

impl HistogramFn for Series {
    fn record(&self, value: f64) {
        match self {
            Self::Bound(histogram) => histogram.record(value),
            Self::Unbound(histogram, attributes) => histogram.record(value, attributes),
        }
    }
}

/// Registers a histogram's bounds under the identity of its name, which all its spellings share.
fn by_identity((name, bounds): (String, Vec<f64>)) -> (String, Vec<f64>) {
    (identity(&name, Kind::Histogram), bounds)
}

impl<P: api::MeterProvider> OtelRecorder<P> {
    /// Records into a provider of the user's.
    pub(in crate::metrics) fn over(provider: P) -> Self {
        Self::new(provider, &Buckets::default(), Binding::Unbound)
    }

    pub(in crate::metrics::export) fn new(
        provider: P,
        buckets: &Buckets,
        binding: Binding,
    ) -> Self {
        Self(Arc::new(Shared {
            meter: provider.meter("chronoscope"),
            provider,
            binding,
            descriptions: Mutex::default(),
            bounds: buckets.by_name().into_iter().map(by_identity).collect(),
            counters: Families::default(),
            gauges: Families::default(),
            histograms: Families::default(),
        }))
    }
}

impl<P> OtelRecorder<P> {
    #[cfg(feature = "otlp")]
    pub(in crate::metrics) fn provider(&self) -> &P {
        &self.0.provider
    }

    fn describe(&self, key: &KeyName, kind: Kind, unit: Option<Unit>, text: SharedString) {
        let mut descriptions = self.0.descriptions.lock();
        let name = identity(key.as_str(), kind);
        descriptions.insert(name, Description { unit, text });
    }

    /// Returns the description of a metric, under any of its spellings.
    fn description(&self, name: &str, kind: Kind) -> Description {
        let descriptions = self.0.descriptions.lock();
        let found = descriptions.get(&identity(name, kind));
        found.cloned().unwrap_or_default()
    }

    fn series(&self, key: &Key, attributes: &[KeyValue]) -> Series {
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
        match self.0.binding {
            #[cfg(feature = "otlp")]
            Binding::Bound => Series::Bound(histogram.bind(attributes)),
            Binding::Unbound => Series::Unbound(histogram, attributes.to_vec()),
        }
    }
}

impl<P> Recorder for OtelRecorder<P> {
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
        let make = |_: &[KeyValue]| AtomicU64::new(0);
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
        let make = |_: &[KeyValue]| AtomicU64::new(0);
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
        let make = |attributes: &[KeyValue]| self.series(key, attributes);
        Histogram::from_arc(self.0.histograms.get(key, make, drop))
    }
}

impl<P: fmt::Debug> fmt::Debug for OtelRecorder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelRecorder")
            .field("provider", &self.0.provider)
            .finish_non_exhaustive()
    }
}
