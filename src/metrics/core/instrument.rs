//! The core's instruments on the facade, each with its bound handles.

use std::{error::Error, sync::Arc, time::Duration};

use parking_lot::RwLock;

use metrics::{Counter, Gauge, Histogram, Key};
use rapidhash::fast::RapidHashMap;
use temporalio_common::telemetry::metrics::{
    CounterBase, GaugeBase, GaugeF64Base, HistogramBase, HistogramDurationBase, HistogramF64Base,
    MetricAttributable, MetricAttributes, UpDownCounterBase,
};

use super::label_set::{ForeignAttributes, LabelSet, label_set, labels};
use crate::metrics::{LIMIT, SharedRecorder};

/// An instrument of the core: a name, and the handles bound to it.
pub(super) struct Instrument<H> {
    pub(super) name: String,
    pub(super) recorder: SharedRecorder,
    pub(super) register: fn(&SharedRecorder, &Key) -> H,
    /// The number of duration units per second.
    pub(super) per_second: f64,
    pub(super) bound: RwLock<RapidHashMap<usize, (LabelSet, H)>>,
}

impl<H: Clone> Instrument<H> {
    /// Returns the handle for the attributes, and registers it at its first use.
    fn bind(&self, attributes: &MetricAttributes) -> Result<H, ForeignAttributes> {
        let set = label_set(attributes)?;
        let address = Arc::as_ptr(&set) as usize;
        let bound = self.bound.read();
        if let Some((_, handle)) = bound.get(&address) {
            return Ok(handle.clone());
        }
        drop(bound);

        let key = Key::from_parts(self.name.clone(), labels(&set));
        let handle = (self.register)(&self.recorder, &key);
        let mut bound = self.bound.write();
        if bound.len() < LIMIT {
            // The set is kept, so that no other set gets its address.
            bound.insert(address, (set, handle.clone()));
        }
        Ok(handle)
    }
}

/// A handle of the facade, as the core uses it.
struct Handle<H>(H);

/// A histogram's handle that takes durations.
struct DurationHandle {
    histogram: Histogram,
    per_second: f64,
}

impl HistogramDurationBase for DurationHandle {
    fn records(&self, value: Duration) {
        self.histogram.record(value.as_secs_f64() * self.per_second);
    }
}

impl MetricAttributable<Box<dyn HistogramDurationBase>> for Instrument<Histogram> {
    fn with_attributes(
        &self,
        attributes: &MetricAttributes,
    ) -> Result<Box<dyn HistogramDurationBase>, Box<dyn Error>> {
        Ok(Box::new(DurationHandle {
            histogram: self.bind(attributes)?,
            per_second: self.per_second,
        }))
    }
}

macro_rules! attributable {
    ($($handle:ident: $base:ident.$method:ident($value:ty) = $record:expr;)*) => {
        $(
            impl $base for Handle<$handle> {
                fn $method(&self, value: $value) {
                    let record: fn(&$handle, $value) = $record;
                    record(&self.0, value);
                }
            }

            impl MetricAttributable<Box<dyn $base>> for Instrument<$handle> {
                fn with_attributes(
                    &self,
                    attributes: &MetricAttributes,
                ) -> Result<Box<dyn $base>, Box<dyn Error>> {
                    Ok(Box::new(Handle(self.bind(attributes)?)))
                }
            }
        )*
    };
}

attributable! {
    Counter: CounterBase.adds(u64) = |counter, value| counter.increment(value);
    Histogram: HistogramBase.records(u64) = |histogram, value| histogram.record(value as f64);
    Histogram: HistogramF64Base.records(f64) = |histogram, value| histogram.record(value);
    Gauge: GaugeBase.records(u64) = |gauge, value| gauge.set(value as f64);
    Gauge: GaugeF64Base.records(f64) = |gauge, value| gauge.set(value);
    Gauge: UpDownCounterBase.adds(i64) = |gauge, value| gauge.increment(value as f64);
}
