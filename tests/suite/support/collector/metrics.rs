use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::MetricsService,
    },
    common::v1::KeyValue,
    metrics::v1::{Metric, metric::Data, number_data_point},
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
    fn take(&mut self, metric: Metric) {
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

fn key(name: &str, attributes: &[KeyValue]) -> String {
    let labels = texts(attributes).into_iter();
    let labels: Vec<_> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{name}{{{}}}", labels.join(","))
}
