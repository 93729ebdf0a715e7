//! What can be asked of a log record.

use opentelemetry::{Key, logs::AnyValue};
use opentelemetry_sdk::logs::SdkLogRecord;

/// Returns whether a record has an attribute of this name.
pub(super) fn has(record: &SdkLogRecord, name: &str) -> bool {
    record
        .attributes_iter()
        .any(|(key, _)| key.as_str() == name)
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
