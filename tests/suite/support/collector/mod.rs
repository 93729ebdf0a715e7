//! An OpenTelemetry collector's side of OTLP, over the wire.

mod faulty;
mod metrics;
mod real;
mod records;
#[path = "../../../../src/introspect/routes.rs"]
mod routes;
mod traces;

use std::{collections::BTreeMap, net::SocketAddr};

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::logs_service_server::LogsServiceServer,
        metrics::v1::metrics_service_server::MetricsServiceServer,
        trace::v1::trace_service_server::TraceServiceServer,
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
};
use tokio::{net::TcpListener, sync::OwnedRwLockWriteGuard};
use tonic::transport::{Server, server::TcpIncoming};

pub use self::{
    faulty::Fault,
    metrics::Sent,
    real::{Asks, Real, Taking},
    records::Record,
    traces::{Span, Spans},
};
use self::{metrics::Metrics, records::Records, routes::Routes};

/// A collector that keeps the last value of each series, every span and every log record.
#[derive(Clone, Default)]
pub struct Collector {
    metrics: Metrics,
    spans: Spans,
    records: Records,
}

impl Collector {
    /// Starts one on a free port.
    pub async fn start() -> (Self, String) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.await.unwrap();
        let address = listener.local_addr().unwrap();
        (Self::serving(listener), format!("http://{address}"))
    }

    /// Starts one that listens already.
    pub fn serving(listener: TcpListener) -> Self {
        let collector = Self::default();
        let services = Routes::new()
            .add(MetricsServiceServer::new(collector.metrics.clone()))
            .add(TraceServiceServer::new(collector.spans.clone()))
            .add(LogsServiceServer::new(collector.records.clone()))
            .into_service();
        tokio::spawn(Server::builder().serve_with_incoming(services, TcpIncoming::from(listener)));
        collector
    }

    pub fn series(&self) -> BTreeMap<String, Sent> {
        self.metrics.series()
    }

    /// Every value of a sum, in the order of arrival.
    pub fn sums(&self, series: &str) -> Vec<i64> {
        self.metrics.sums(series)
    }

    pub fn resource(&self, attribute: &str) -> Option<String> {
        self.metrics.resource(attribute)
    }

    /// What arrived that a backend may refuse.
    pub fn invalid(&self) -> Vec<String> {
        self.metrics.invalid()
    }

    /// The unit and description of a metric.
    pub fn described(&self, metric: &str) -> Option<(String, String)> {
        self.metrics.described(metric)
    }

    /// Every span that arrived, in the order of arrival.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.all()
    }

    /// Every log record that arrived, in the order of arrival.
    pub fn records(&self) -> Vec<Record> {
        self.records.all()
    }

    /// Takes no log record, and answers none, until the guard is dropped.
    pub async fn hold_records(&self) -> OwnedRwLockWriteGuard<()> {
        self.records.hold().await
    }

    /// The headers of the last request with spans.
    pub fn headers(&self) -> BTreeMap<String, String> {
        self.spans.headers()
    }

    /// Everything that arrived, without the compression and gRPC framing.
    pub fn raw(&self) -> Vec<u8> {
        [self.metrics.raw(), self.spans.raw(), self.records.raw()].concat()
    }

    /// Waits until so many spans have arrived.
    pub async fn arrived(&self, spans: usize) {
        self.spans.arrived(spans).await;
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The attributes, as text.
fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let attributes = attributes.iter();
    let texts =
        attributes.filter_map(|known| Some((known.key.clone(), text(known.value.as_ref()?)?)));
    texts.collect()
}

fn text(value: &AnyValue) -> Option<String> {
    Some(match value.value.as_ref()? {
        Value::StringValue(text) => text.clone(),
        Value::BoolValue(flag) => flag.to_string(),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        Value::ArrayValue(values) => {
            let values: Vec<_> = values.values.iter().filter_map(text).collect();
            values.join(",")
        }
        other => format!("{other:?}"),
    })
}
