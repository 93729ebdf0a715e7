use opentelemetry::{KeyValue, Value as Attribute};

use crate::execution::{Fields, Value};

/// OpenTelemetry's names for errors.
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const EXCEPTION: &str = "exception";
pub(super) const EXCEPTION_TYPE: &str = "exception.type";
pub(super) const EXCEPTION_MESSAGE: &str = "exception.message";

/// OpenTelemetry's name for how a remote procedure call ended.
pub(super) const RPC_STATUS_CODE: &str = "rpc.status_code";

/// Marks a span whose end nobody waited for: its future was dropped, or its run closed first.
pub(super) const ABANDONED: &str = "temporalAbandoned";

/// Returns the fields of an execution as attributes.
pub(super) fn of(fields: &Fields) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(fields.len());
    for (field, value) in fields.iter() {
        let value = match value {
            Value::Text(text) => Attribute::String(text.clone().into()),
            Value::Number(number) => Attribute::from(i64::try_from(*number).unwrap_or(i64::MAX)),
            Value::Flag(flag) => Attribute::from(*flag),
        };
        attributes.push(KeyValue::new(field.span_name(), value));
    }
    attributes
}
