//! The log record while the bridge fills it in.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    InstrumentationScope, Key, SpanId, TraceFlags, TraceId,
    logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity},
};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider};

use super::record::has;

/// The target of every event that `tracing-log` makes.
const LOG: &str = "log";

/// The field in which `tracing-log` hands on a record's own target.
const LOG_TARGET: &str = "log.target";

/// The fields in which it hands on where that was logged.
const LOG_PLACE: [&str; 3] = ["log.module_path", "log.file", "log.line"];

/// A log record as it should be: a record of the crate `log` has its own target, a name is one that
/// somebody gave, and there is one attribute of each name, as OTLP demands: the first.
pub(super) struct Draft {
    record: SdkLogRecord,
    is_of_log: bool,
}

impl LogRecord for Draft {
    /// `tracing` names an event after its place in the code unless the program names it.
    fn set_event_name(&mut self, name: &'static str) {
        if !self.is_of_log && !name.starts_with("event ") {
            self.record.set_event_name(name);
        }
    }

    fn set_target<T: Into<Cow<'static, str>>>(&mut self, target: T) {
        let target = target.into();
        self.is_of_log = target == LOG;
        self.record.set_target(target);
    }

    fn set_timestamp(&mut self, time: SystemTime) {
        self.record.set_timestamp(time);
    }

    fn set_observed_timestamp(&mut self, time: SystemTime) {
        self.record.set_observed_timestamp(time);
    }

    fn set_severity_text(&mut self, text: &'static str) {
        self.record.set_severity_text(text);
    }

    fn set_severity_number(&mut self, number: Severity) {
        self.record.set_severity_number(number);
    }

    fn set_body(&mut self, body: AnyValue) {
        self.record.set_body(body);
    }

    fn add_attributes<I, K, V>(&mut self, attributes: I)
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<Key>,
        V: Into<AnyValue>,
    {
        for (key, value) in attributes {
            self.add_attribute(key, value);
        }
    }

    fn add_attribute<K: Into<Key>, V: Into<AnyValue>>(&mut self, key: K, value: V) {
        let (key, value) = (key.into(), value.into());
        match (self.is_of_log, key.as_str(), value) {
            (true, LOG_TARGET, AnyValue::String(target)) => {
                self.record.set_target(target.to_string());
            }
            (true, name, _) if LOG_PLACE.contains(&name) => {}
            (_, name, value) if !has(&self.record, name) => self.record.add_attribute(key, value),
            _ => {}
        }
    }

    fn set_trace_context(&mut self, trace: TraceId, span: SpanId, flags: Option<TraceFlags>) {
        self.record.set_trace_context(trace, span, flags);
    }
}

/// Makes drafts.
pub(super) struct DraftLogger(SdkLogger);

impl Logger for DraftLogger {
    type LogRecord = Draft;

    fn create_log_record(&self) -> Draft {
        Draft {
            record: self.0.create_log_record(),
            is_of_log: false,
        }
    }

    fn emit(&self, draft: Draft) {
        self.0.emit(draft.record);
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.0.event_enabled(level, target, name)
    }
}

/// The provider of what makes drafts. Each has a name, which the bridge leaves out.
pub(super) struct DraftProvider(pub(super) SdkLoggerProvider);

impl LoggerProvider for DraftProvider {
    type Logger = DraftLogger;

    fn logger_with_scope(&self, _: InstrumentationScope) -> DraftLogger {
        DraftLogger(self.0.logger(env!("CARGO_PKG_NAME")))
    }
}
