//! The SDK's core meter over a recorder.

use std::{fmt, sync::Arc};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Recorder, SharedString, Unit};
use temporalio_common::telemetry::metrics as core;
use temporalio_common::telemetry::metrics::{
    CoreMeter, MetricAttributes, MetricParameters, NewAttributes,
};

use super::{
    instrument::Instrument,
    label_set::{LabelSet, LabelSets, empty, label_set},
};
use crate::{
    metrics::{METADATA, SharedRecorder},
    schema::{self, Metric, Naming},
};

/// The SDK's [`CoreMeter`] over a recorder of the [`metrics`] facade.
///
/// See the [module](super).
#[derive(Clone)]
pub struct FacadeMeter {
    recorder: SharedRecorder,
    naming: Naming,
    sets: Arc<LabelSets>,
}

impl FacadeMeter {
    /// Creates a meter over a recorder. Share the recorder of your exporter in an `Arc`.
    pub fn new(recorder: impl Recorder + Send + Sync + 'static, naming: Naming) -> Self {
        Self {
            recorder: Arc::new(recorder),
            naming,
            sets: Arc::default(),
        }
    }

    /// Returns the same meter for connections, with its own label sets.
    pub(crate) fn of_connections(&self) -> Self {
        Self {
            sets: Arc::default(),
            ..self.clone()
        }
    }

    /// Returns whether a worker of a task queue uses this meter.
    pub(crate) fn has_met(&self, namespace: Option<&str>, task_queue: &str) -> bool {
        let is = |label: schema::Label, value: &str, labels: &LabelSet| {
            labels.get(label.name()).is_some_and(|known| known == value)
        };
        self.sets.any(|labels| {
            is(schema::Label::TaskQueue, task_queue, labels)
                && namespace.is_none_or(|known| is(schema::Label::Namespace, known, labels))
        })
    }

    fn instrument<H: Clone>(
        &self,
        name: String,
        register: fn(&SharedRecorder, &Key) -> H,
    ) -> Arc<Instrument<H>> {
        Arc::new(Instrument {
            name,
            recorder: self.recorder.clone(),
            register,
            per_second: self.naming.per_second(),
            bound: Default::default(),
        })
    }

    fn new_counter(&self, parameters: &MetricParameters) -> Arc<Instrument<Counter>> {
        let name = self.naming.counter(&parameters.name);
        let (key, help) = (KeyName::from(name.clone()), help(parameters));
        self.recorder.describe_counter(key, None, help);
        self.instrument(name, |recorder, key| {
            recorder.register_counter(key, &METADATA)
        })
    }

    fn new_gauge(&self, parameters: &MetricParameters) -> Arc<Instrument<Gauge>> {
        let name = parameters.name.to_string();
        let (key, help) = (KeyName::from(name.clone()), help(parameters));
        self.recorder.describe_gauge(key, None, help);
        self.instrument(name, |recorder, key| {
            recorder.register_gauge(key, &METADATA)
        })
    }

    fn new_histogram(
        &self,
        name: String,
        unit: Option<Unit>,
        parameters: &MetricParameters,
    ) -> Arc<Instrument<Histogram>> {
        let (key, help) = (KeyName::from(name.clone()), help(parameters));
        self.recorder.describe_histogram(key, unit, help);
        self.instrument(name, |recorder, key| {
            recorder.register_histogram(key, &METADATA)
        })
    }
}

/// Returns the catalogue's description of a known metric: some of the core's are missing or
/// misleading.
fn help(parameters: &MetricParameters) -> SharedString {
    match Metric::named(&parameters.name) {
        Some(metric) => metric.help().into(),
        None => parameters.description.clone().into(),
    }
}

impl CoreMeter for FacadeMeter {
    fn new_attributes(&self, attributes: NewAttributes) -> MetricAttributes {
        MetricAttributes::NoOp(self.sets.extend(&empty(), attributes))
    }

    fn extend_attributes(
        &self,
        existing: MetricAttributes,
        attributes: NewAttributes,
    ) -> MetricAttributes {
        match label_set(&existing) {
            Ok(set) => MetricAttributes::NoOp(self.sets.extend(&set, attributes)),
            // Attributes of another meter can't be read, so they are left out.
            Err(_) => self.new_attributes(attributes),
        }
    }

    fn counter(&self, parameters: MetricParameters) -> core::Counter {
        core::Counter::new(self.new_counter(&parameters))
    }

    fn histogram(&self, parameters: MetricParameters) -> core::Histogram {
        core::Histogram::new(self.new_histogram(parameters.name.to_string(), None, &parameters))
    }

    fn histogram_f64(&self, parameters: MetricParameters) -> core::HistogramF64 {
        core::HistogramF64::new(self.new_histogram(parameters.name.to_string(), None, &parameters))
    }

    fn histogram_duration(&self, parameters: MetricParameters) -> core::HistogramDuration {
        let name = self
            .naming
            .histogram(&parameters.name, schema::Unit::Seconds);
        let unit = match self.naming {
            Naming::Prometheus => Some(Unit::Seconds),
            Naming::Core => Some(Unit::Milliseconds),
        };
        core::HistogramDuration::new(self.new_histogram(name, unit, &parameters))
    }

    fn gauge(&self, parameters: MetricParameters) -> core::Gauge {
        core::Gauge::new(self.new_gauge(&parameters))
    }

    fn gauge_f64(&self, parameters: MetricParameters) -> core::GaugeF64 {
        core::GaugeF64::new(self.new_gauge(&parameters))
    }

    fn up_down_counter(&self, parameters: MetricParameters) -> core::UpDownCounter {
        core::UpDownCounter::new(self.new_gauge(&parameters))
    }
}

impl fmt::Debug for FacadeMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FacadeMeter")
            .field("naming", &self.naming)
            .finish_non_exhaustive()
    }
}
