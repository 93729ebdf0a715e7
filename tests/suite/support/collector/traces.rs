//! The traces side of the collector: keeps every span.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse, trace_service_server::TraceService,
    },
    trace::v1::{self as proto, span::SpanKind, status::StatusCode},
};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use super::{hex, texts};

/// A span as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty for a root.
    pub parent: String,
    pub kind: String,
    /// Nanoseconds since 1970.
    pub start: u64,
    pub end: u64,
    pub attributes: BTreeMap<String, String>,
    /// The spans that it links to.
    pub links: Vec<String>,
    /// Name and attributes of each.
    pub events: Vec<(String, BTreeMap<String, String>)>,
    pub is_error: bool,
    /// The status's message.
    pub message: String,
    pub resource: BTreeMap<String, String>,
}

impl Span {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn new(span: proto::Span, resource: &BTreeMap<String, String>) -> Self {
        let status = span.status.unwrap_or_default();
        let events = span.events.into_iter();
        Self {
            name: span.name,
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            kind: format!("{:?}", SpanKind::try_from(span.kind).unwrap()),
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
            attributes: texts(&span.attributes),
            links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
            events: events
                .map(|event| (event.name, texts(&event.attributes)))
                .collect(),
            is_error: status.code == StatusCode::Error as i32,
            message: status.message,
            resource: resource.clone(),
        }
    }
}

/// Every span that arrived.
#[derive(Clone, Default)]
pub struct Spans {
    all: Arc<Mutex<Vec<Span>>>,
    raw: Arc<Mutex<Vec<u8>>>,
    headers: Arc<Mutex<BTreeMap<String, String>>>,
    count: Arc<watch::Sender<usize>>,
}

impl Spans {
    pub(super) fn all(&self) -> Vec<Span> {
        self.all.lock().unwrap().clone()
    }

    pub(super) fn raw(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }

    /// The headers of the last request.
    pub(super) fn headers(&self) -> BTreeMap<String, String> {
        self.headers.lock().unwrap().clone()
    }

    /// Waits until so many have arrived.
    pub(super) async fn arrived(&self, count: usize) {
        let mut arrived = self.count.subscribe();
        arrived.wait_for(|arrived| *arrived >= count).await.unwrap();
    }
}

#[tonic::async_trait]
impl TraceService for Spans {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut all = self.all.lock().unwrap();
        let headers = request.metadata().clone().into_headers();
        let headers = headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        *self.headers.lock().unwrap() = headers.collect();
        let request = request.into_inner();
        self.raw.lock().unwrap().extend(request.encode_to_vec());
        for resource in request.resource_spans {
            let attributes = texts(&resource.resource.unwrap_or_default().attributes);
            let spans = resource.scope_spans.into_iter();
            let spans = spans.flat_map(|scope| scope.spans);
            all.extend(spans.map(|span| Span::new(span, &attributes)));
        }
        self.count.send_replace(all.len());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
