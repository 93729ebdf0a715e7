//! A provider of OpenTelemetry's whose metrics a test can read.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        PeriodicReader, SdkMeterProvider, Temporality,
        data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics},
        exporter::PushMetricExporter,
    },
};

/// The value of a series.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A counter's.
    Count(f64),
    /// An up-down counter's.
    Sum(f64),
    Gauge(f64),
    /// A histogram's count, sum and bounds.
    Spread(u64, f64, Vec<f64>),
}

/// What was exported last: series written as `scope/name{attribute=value,…}`, and the unit and
/// description of each metric.
#[derive(Clone, Debug, Default)]
pub struct Exported {
    series: Arc<Mutex<BTreeMap<String, Value>>>,
    told: Arc<Mutex<BTreeMap<String, (String, String)>>>,
}

impl Exported {
    /// A provider that exports here, and only when it is flushed.
    pub fn provider(&self) -> SdkMeterProvider {
        let reader = PeriodicReader::builder(self.clone())
            .with_interval(Duration::from_secs(86_400))
            .build();
        SdkMeterProvider::builder().with_reader(reader).build()
    }

    pub fn series(&self) -> BTreeMap<String, Value> {
        self.series.lock().unwrap().clone()
    }

    /// The unit and the description of a metric.
    pub fn told(&self, metric: &str) -> Option<(String, String)> {
        self.told.lock().unwrap().get(metric).cloned()
    }

    fn take(&self, scope: &str, metric: &Metric) {
        let told = (metric.unit().to_owned(), metric.description().to_owned());
        let name = metric.name().to_owned();
        self.told.lock().unwrap().insert(name, told);
        let mut series = self.series.lock().unwrap();
        let mut add = |attributes: String, value| {
            let name = format!("{scope}/{}{{{attributes}}}", metric.name());
            assert_eq!(series.insert(name, value), None);
        };
        match metric.data() {
            AggregatedMetrics::F64(data) => each(data, |value| value, &mut add),
            AggregatedMetrics::U64(data) => each(data, |value| value as f64, &mut add),
            AggregatedMetrics::I64(data) => each(data, |value| value as f64, &mut add),
        }
    }
}

fn each<T: Copy>(
    data: &MetricData<T>,
    number: impl Fn(T) -> f64,
    add: &mut impl FnMut(String, Value),
) {
    match data {
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                let value = number(point.value());
                add(
                    written(point.attributes()),
                    match sum.is_monotonic() {
                        true => Value::Count(value),
                        false => Value::Sum(value),
                    },
                );
            }
        }
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                let value = Value::Gauge(number(point.value()));
                add(written(point.attributes()), value);
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                let bounds = point.bounds().collect();
                let value = Value::Spread(point.count(), number(point.sum()), bounds);
                add(written(point.attributes()), value);
            }
        }
        MetricData::ExponentialHistogram(_) => unreachable!(),
    }
}

fn written<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut written: Vec<_> = attributes
        .map(|attribute| format!("{}={}", attribute.key, attribute.value))
        .collect();
    written.sort();
    written.join(",")
}

impl PushMetricExporter for Exported {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.series.lock().unwrap().clear();
        for scope in metrics.scope_metrics() {
            for metric in scope.metrics() {
                self.take(scope.scope().name(), metric);
            }
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
