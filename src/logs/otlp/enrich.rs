//! The processor of log records: it adds the ids of what executes, and hands each record to every
//! collector's queue.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    InstrumentationScope, StringValue,
    logs::{AnyValue, LogRecord as _},
};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    logs::{LogProcessor, SdkLogRecord},
};
use serde_json::Value as Json;

use super::{batch::Batch, held, record::has};
use crate::{
    execution::{Execution, Phase, Value, current_replay, emitting, with_current},
    export::at_once,
    logs::suffix::place,
};

/// Marks a replayed record that is sent, by
/// [`Policy::Show`](crate::execution::Policy::Show).
const REPLAYING: &str = "temporalReplaying";

/// Adds the fields of the current execution to each record, under the names that spans have.
///
/// The span's ids are on it already: the SDK takes them from the current context, which an
/// execution sets.
#[derive(Debug)]
pub(super) struct Enrich {
    batches: Arc<Vec<Batch>>,
}

impl Enrich {
    pub(super) fn new(batches: Vec<Batch>) -> Self {
        let batches = Arc::new(batches);
        Self { batches }
    }

    /// Makes the same call for every collector, at the same time, and returns the first error.
    fn each(&self, call: impl Fn(&Batch) -> OTelSdkResult + Sync) -> OTelSdkResult {
        let done = at_once(&self.batches, call);
        let failed =
            |done: &OTelSdkResult| !matches!(done, Ok(()) | Err(OTelSdkError::AlreadyShutdown));
        done.into_iter().find(failed).unwrap_or(Ok(()))
    }
}

impl LogProcessor for Enrich {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        // Some backends show a record without a time of its own as one of 1970.
        if let (None, Some(time)) = (record.timestamp(), record.observed_timestamp()) {
            record.set_timestamp(time);
        }
        with_current(|execution| identify(record, execution));
        if current_replay().holds() && held::hold(&self.batches, record, scope) {
            return;
        }
        for batch in &*self.batches {
            batch.emit(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.each(Batch::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.each(|batch| batch.shutdown_with_timeout(timeout))
    }
}

/// Adds the fields of an execution. An attribute of the event's own wins.
fn identify(record: &mut SdkLogRecord, execution: &Execution) {
    let mut add = |name: &'static str, value: AnyValue| {
        if !has(record, name) {
            record.add_attribute(name, value);
        }
    };
    for (field, value) in execution.fields().iter() {
        add(field.span_name(), attribute(value));
    }
    if let Some(mirror) = execution.info().mirror() {
        for (name, value) in mirror.fields() {
            add(name, mirrored(value));
        }
    }
    if execution.replay().phase == Phase::Replaying {
        add(REPLAYING, true.into());
    }
    // Only the bridge makes records here, of the event that is being emitted.
    if let Some(line) = emitting(None).filter(|_| execution.replay().notes()) {
        for (name, value) in place(&line) {
            add(name, attribute(&value));
        }
    }
}

pub(super) fn attribute(value: &Value) -> AnyValue {
    match value {
        Value::Text(text) => AnyValue::String(text.clone().into()),
        Value::Constant(text) => AnyValue::String(StringValue::from(*text)),
        Value::Number(number) => AnyValue::Int(i64::try_from(*number).unwrap_or(i64::MAX)),
        Value::Flag(flag) => AnyValue::Boolean(*flag),
    }
}

/// Returns the value of a search attribute.
fn mirrored(value: Json) -> AnyValue {
    match value {
        Json::String(text) => text.into(),
        Json::Bool(flag) => flag.into(),
        Json::Array(list) => list.into_iter().map(mirrored).collect(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        other => other.to_string().into(),
    }
}
