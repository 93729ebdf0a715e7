//! Captured metrics, and the recorder that captures them.

use std::{collections::BTreeMap, sync::Arc};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

use super::sink::Sink;
use crate::execution::Mark;

/// The identity of a series: its name and its labels.
pub(super) type Series = (String, BTreeMap<String, String>);

/// The content of a series.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sample {
    /// A counter's total.
    Counter(u64),
    /// A gauge's last value.
    Gauge(f64),
    /// A histogram's recorded values, in order.
    Histogram(Vec<f64>),
}

/// Where a recording goes.
#[derive(Clone, Debug)]
pub(super) enum To {
    /// Into this sink.
    Sink(Arc<Sink>),
    /// To the captures that observe the execution at the time of the recording.
    Current,
}

/// Captures metrics.
#[derive(Clone, Debug)]
pub(super) struct CaptureMetrics(pub(super) To);

/// The handle of one series.
struct Handle {
    series: Series,
    to: To,
}

impl CaptureMetrics {
    fn handle(&self, key: &Key) -> Arc<Handle> {
        let labels = key.labels();
        let labels = labels.map(|label| (label.key().to_owned(), label.value().to_owned()));
        Arc::new(Handle {
            series: (key.name().to_owned(), labels.collect()),
            to: self.0.clone(),
        })
    }
}

impl Recorder for CaptureMetrics {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.handle(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.handle(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.handle(key))
    }
}

impl Handle {
    /// Changes the content of the series, which begins with `first`.
    fn change(&self, first: Sample, change: impl FnOnce(&mut Sample)) {
        match &self.to {
            To::Sink(sink) => sink.change(&self.series, first, change),
            To::Current => {
                if let Some(sink) = Mark::current::<Sink>() {
                    sink.change(&self.series, first, change);
                }
            }
        }
    }

    fn gauge(&self, change: impl FnOnce(&mut f64)) {
        self.change(Sample::Gauge(0.0), |sample| {
            if let Sample::Gauge(value) = sample {
                change(value);
            }
        });
    }

    fn counter(&self, change: impl FnOnce(&mut u64)) {
        self.change(Sample::Counter(0), |sample| {
            if let Sample::Counter(total) = sample {
                change(total);
            }
        });
    }
}

impl CounterFn for Handle {
    fn increment(&self, by: u64) {
        self.counter(|total| *total += by);
    }

    fn absolute(&self, to: u64) {
        self.counter(|total| *total = to.max(*total));
    }
}

impl GaugeFn for Handle {
    fn increment(&self, by: f64) {
        self.gauge(|value| *value += by);
    }

    fn decrement(&self, by: f64) {
        self.gauge(|value| *value -= by);
    }

    fn set(&self, to: f64) {
        self.gauge(|value| *value = to);
    }
}

impl HistogramFn for Handle {
    fn record(&self, value: f64) {
        self.change(Sample::Histogram(Vec::new()), |sample| {
            if let Sample::Histogram(values) = sample {
                values.push(value);
            }
        });
    }
}
