//! The logs side of the collector: keeps every log record.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse, logs_service_server::LogsService,
    },
    logs::v1::{self as proto, SeverityNumber},
};
use prost::Message as _;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tonic::{Request, Response, Status};

use super::{hex, text, texts};

/// A log record as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub body: String,
    /// The level, by name and by number.
    pub severity: (String, SeverityNumber),
    /// Its instrumentation scope.
    pub target: String,
    /// Name and value of each attribute, in order.
    pub all: Vec<(String, String)>,
    /// The same, with values as they are written in `Debug`: `IntValue(7)`.
    pub typed: BTreeMap<String, String>,
    pub event: String,
    /// Empty outside any span.
    pub trace: String,
    pub span: String,
    pub flags: u32,
    /// Nanoseconds since 1970.
    pub time: u64,
    pub resource: BTreeMap<String, String>,
}

impl Record {
    pub fn attribute(&self, name: &str) -> &str {
        let mut found = self.all.iter().filter(|(key, _)| key == name);
        let (first, second) = (found.next(), found.next());
        assert_eq!(second, None, "twice: {:?}", self.all);
        first.map_or("", |(_, value)| value)
    }

    fn new(record: proto::LogRecord, target: &str, resource: &BTreeMap<String, String>) -> Self {
        let number = record.severity_number();
        let attributes = record.attributes.iter();
        let all = attributes.clone().map(|known| {
            let value = known.value.as_ref().and_then(text);
            (known.key.clone(), value.unwrap_or_default())
        });
        let typed = attributes.filter_map(|known| {
            let value = known.value.as_ref()?.value.as_ref()?;
            Some((known.key.clone(), format!("{value:?}")))
        });
        Self {
            body: record.body.as_ref().and_then(text).unwrap_or_default(),
            severity: (record.severity_text, number),
            target: target.to_owned(),
            all: all.collect(),
            typed: typed.collect(),
            event: record.event_name,
            trace: hex(&record.trace_id),
            span: hex(&record.span_id),
            flags: record.flags,
            time: record.time_unix_nano,
            resource: resource.clone(),
        }
    }
}

/// Every log record that arrived.
#[derive(Clone, Default)]
pub struct Records {
    all: Arc<Mutex<Vec<Record>>>,
    raw: Arc<Mutex<Vec<u8>>>,
    /// Held by whoever wants answers to wait.
    answers: Arc<RwLock<()>>,
}

impl Records {
    pub(super) async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        self.answers.clone().write_owned().await
    }

    pub(super) fn all(&self) -> Vec<Record> {
        self.all.lock().unwrap().clone()
    }

    pub(super) fn raw(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }
}

#[tonic::async_trait]
impl LogsService for Records {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let _answers = self.answers.read().await;
        let mut all = self.all.lock().unwrap();
        let request = request.into_inner();
        self.raw.lock().unwrap().extend(request.encode_to_vec());
        for resource in request.resource_logs {
            let attributes = texts(&resource.resource.unwrap_or_default().attributes);
            for scope in resource.scope_logs {
                let target = scope.scope.unwrap_or_default().name;
                let records = scope.log_records.into_iter();
                all.extend(records.map(|record| Record::new(record, &target, &attributes)));
            }
        }
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
