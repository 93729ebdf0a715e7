//! The metrics side of the collector: keeps the last value of each series.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::MetricsService,
    },
    common::v1::KeyValue,
    metrics::v1::{HistogramDataPoint, Metric, metric::Data, number_data_point},
};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::texts;

/// What a series was last said to be, under `name{label=value,…}`.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    Sum(i64),
    Gauge(f64),
    Histogram {
        count: u64,
        sum: f64,
        bounds: Vec<f64>,
    },
}

/// What the collector knows.
#[derive(Default)]
pub struct Known {
    raw: Vec<u8>,
    resource: BTreeMap<String, String>,
    described: BTreeMap<String, (String, String)>,
    series: BTreeMap<String, Sent>,
    sums: Vec<(String, i64)>,
    invalid: Vec<String>,
}

/// Keeps the last value of each series.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Mutex<Known>>);

impl Metrics {
    pub(super) fn raw(&self) -> Vec<u8> {
        self.0.lock().unwrap().raw.clone()
    }

    pub fn series(&self) -> BTreeMap<String, Sent> {
        self.0.lock().unwrap().series.clone()
    }

    /// Every value of a sum, in the order of arrival.
    pub fn sums(&self, series: &str) -> Vec<i64> {
        let known = self.0.lock().unwrap();
        let sums = known.sums.iter().filter(|(key, _)| key == series);
        sums.map(|(_, value)| *value).collect()
    }

    pub fn resource(&self, attribute: &str) -> Option<String> {
        self.0.lock().unwrap().resource.get(attribute).cloned()
    }

    /// What arrived that a backend may refuse.
    pub fn invalid(&self) -> Vec<String> {
        self.0.lock().unwrap().invalid.clone()
    }

    /// The unit and description of a metric.
    pub fn described(&self, metric: &str) -> Option<(String, String)> {
        self.0.lock().unwrap().described.get(metric).cloned()
    }
}

#[tonic::async_trait]
impl MetricsService for Metrics {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut known = self.0.lock().unwrap();
        let request = request.into_inner();
        known.raw.extend(request.encode_to_vec());
        for resource in request.resource_metrics {
            let attributes = resource.resource.unwrap_or_default().attributes;
            known.resource.extend(texts(&attributes));
            let scopes = resource.scope_metrics.into_iter();
            for metric in scopes.flat_map(|scope| scope.metrics) {
                known.take(metric);
            }
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

impl Known {
    /// Notes what a backend may refuse.
    fn check(&mut self, metric: &Metric) {
        let name = &metric.name;
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.len() <= 255
            && name.chars().all(is_part);
        let mut invalid = Vec::new();
        if !is_name {
            invalid.push(format!("the name {name:?}"));
        }
        let mut all = BTreeSet::new();
        for (attributes, is_finite) in points(metric.data.as_ref().unwrap()) {
            let names: BTreeSet<_> = attributes.iter().map(|label| &label.key).collect();
            let are_names = names.len() == attributes.len() && !names.contains(&String::new());
            if !are_names || !is_finite || !all.insert(key(name, attributes)) {
                invalid.push(format!("a point of {name}: {attributes:?}"));
            }
        }
        self.invalid.extend(invalid);
    }

    fn take(&mut self, metric: Metric) {
        self.check(&metric);
        let (name, data) = (metric.name, metric.data.unwrap());
        self.described
            .insert(name.clone(), (metric.unit, metric.description));
        match data {
            Data::Sum(sum) => {
                for point in sum.data_points {
                    let Some(number_data_point::Value::AsInt(value)) = point.value else {
                        panic!("{name} is no integer");
                    };
                    let key = key(&name, &point.attributes);
                    self.sums.push((key.clone(), value));
                    self.series.insert(key, Sent::Sum(value));
                }
            }
            Data::Gauge(gauge) => {
                for point in gauge.data_points {
                    let Some(number_data_point::Value::AsDouble(value)) = point.value else {
                        panic!("{name} is no float");
                    };
                    self.series
                        .insert(key(&name, &point.attributes), Sent::Gauge(value));
                }
            }
            Data::Histogram(histogram) => {
                for point in histogram.data_points {
                    let sent = Sent::Histogram {
                        count: point.count,
                        sum: point.sum.unwrap(),
                        bounds: point.explicit_bounds,
                    };
                    self.series.insert(key(&name, &point.attributes), sent);
                }
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// The attributes of each point, and whether its values are finite.
fn points(data: &Data) -> Vec<(&[KeyValue], bool)> {
    let number = |value: &Option<number_data_point::Value>| match value {
        Some(number_data_point::Value::AsDouble(value)) => value.is_finite(),
        Some(number_data_point::Value::AsInt(value)) => *value >= 0,
        None => false,
    };
    match data {
        Data::Sum(sum) => {
            let points = sum.data_points.iter();
            points.map(|p| (&*p.attributes, number(&p.value))).collect()
        }
        Data::Gauge(gauge) => {
            let points = gauge.data_points.iter();
            points.map(|p| (&*p.attributes, number(&p.value))).collect()
        }
        Data::Histogram(histogram) => {
            let points = histogram.data_points.iter();
            let is_finite = |p: &HistogramDataPoint| {
                let all = p.explicit_bounds.iter().chain(&p.sum);
                p.explicit_bounds.is_sorted_by(|a, b| a < b)
                    && all
                        .chain(&p.min)
                        .chain(&p.max)
                        .all(|value| value.is_finite())
            };
            points.map(|p| (&*p.attributes, is_finite(p))).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn key(name: &str, attributes: &[KeyValue]) -> String {
    let labels = texts(attributes).into_iter();
    let labels: Vec<_> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{name}{{{}}}", labels.join(","))
}
