//! What the bridge leaves to do on a log record.

use opentelemetry::{
    Key,
    logs::{AnyValue, LogRecord as _, Logger as _},
};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};

/// The fields by which `tracing-log` hands on where a record of the crate `log` comes from.
const OF_LOG: [&str; 4] = ["log.target", "log.module_path", "log.file", "log.line"];

/// The target of every event that `tracing-log` makes.
const LOG: &str = "log";

/// Returns whether a record has an attribute of this name.
pub(super) fn has(record: &SdkLogRecord, name: &str) -> bool {
    record
        .attributes_iter()
        .any(|(key, _)| key.as_str() == name)
}

/// Gives a record of the crate `log` its own target, and leaves one attribute of each name, as OTLP
/// demands: the first.
pub(super) fn tidy(record: &mut SdkLogRecord, blank: &SdkLogger) {
    let target = own_target(record);
    if target.is_none() && !has_doubles(record) {
        return;
    }
    let is_of_log = target.is_some();
    let mut tidied = blank.create_log_record();
    match target.or_else(|| record.target().map(ToString::to_string)) {
        Some(target) => tidied.set_target(target),
        None => {}
    }
    // The event's name says no more than that it is of `log`.
    if let Some(name) = record.event_name().filter(|_| !is_of_log) {
        tidied.set_event_name(name);
    }
    copy(record, &mut tidied);
    for (key, value) in record.attributes_iter() {
        let is_where = is_of_log && OF_LOG.contains(&key.as_str());
        if !is_where && !has(&tidied, key.as_str()) {
            tidied.add_attribute(key.clone(), value.clone());
        }
    }
    *record = tidied;
}

/// Copies what is neither name, target nor attribute.
fn copy(record: &SdkLogRecord, to: &mut SdkLogRecord) {
    if let Some(time) = record.timestamp() {
        to.set_timestamp(time);
    }
    if let Some(time) = record.observed_timestamp() {
        to.set_observed_timestamp(time);
    }
    if let Some(text) = record.severity_text() {
        to.set_severity_text(text);
    }
    if let Some(severity) = record.severity_number() {
        to.set_severity_number(severity);
    }
    if let Some(body) = record.body() {
        to.set_body(body.clone());
    }
    if let Some(trace) = record.trace_context() {
        to.set_trace_context(trace.trace_id, trace.span_id, trace.trace_flags);
    }
}

/// Returns the target that a record of the crate `log` had there.
fn own_target(record: &SdkLogRecord) -> Option<String> {
    record.target().filter(|target| *target == LOG)?;
    let mut attributes = record.attributes_iter();
    let (_, target) = attributes.find(|(key, _)| key.as_str() == OF_LOG[0])?;
    match target {
        AnyValue::String(target) => Some(target.to_string()),
        _ => None,
    }
}

fn has_doubles(record: &SdkLogRecord) -> bool {
    let before = |n| record.attributes_iter().take(n).map(|(key, _)| key);
    let mut all = record.attributes_iter().map(|(key, _)| key).enumerate();
    all.any(|(n, key): (usize, &Key)| before(n).any(|known| known == key))
}

/// Returns about how many bytes a record takes while it waits.
pub(super) fn weight(record: &SdkLogRecord) -> u64 {
    let body = record.body().map_or(0, text);
    let target = record.target().map_or(0, |target| target.len());
    let attributes = record
        .attributes_iter()
        .map(|(key, value)| size_of::<(Key, AnyValue)>() + key.as_str().len() + text(value));
    (size_of::<SdkLogRecord>() + body + target + attributes.sum::<usize>()) as u64
}

/// Returns how many bytes a value holds beyond itself.
fn text(value: &AnyValue) -> usize {
    match value {
        AnyValue::String(text) => text.as_str().len(),
        AnyValue::Bytes(bytes) => bytes.len(),
        AnyValue::ListAny(list) => list
            .iter()
            .map(|value| size_of::<AnyValue>() + text(value))
            .sum(),
        _ => 0,
    }
}
