//! An OpenTelemetry collector's side of OTLP, over the wire.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    metrics::v1::{Metric, metric::Data, number_data_point},
};
use tonic::{Request, Response, Status, transport::Server};

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
struct Known {
    resource: BTreeMap<String, String>,
    described: BTreeMap<String, (String, String)>,
    series: BTreeMap<String, Sent>,
}

/// A collector that keeps the last value of each series.
#[derive(Clone, Default)]
pub struct Collector(Arc<Mutex<Known>>);

impl Collector {
    /// Starts one on a free port.
    pub async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = MetricsServiceServer::new(collector.clone());
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        tokio::spawn(
            Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming),
        );
        (collector, format!("http://{address}"))
    }

    pub fn series(&self) -> BTreeMap<String, Sent> {
        self.0.lock().unwrap().series.clone()
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
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut known = self.0.lock().unwrap();
        for resource in request.into_inner().resource_metrics {
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
                    self.series
                        .insert(key(&name, &point.attributes), Sent::Sum(value));
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

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        _ => None,
    };
    attributes
        .iter()
        .filter_map(|attribute| Some((attribute.key.clone(), text(&attribute.value)?)))
        .collect()
}

fn key(name: &str, attributes: &[KeyValue]) -> String {
    let labels = texts(attributes).into_iter();
    let labels: Vec<_> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{name}{{{}}}", labels.join(","))
}
