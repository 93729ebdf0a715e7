//! The attributes of spans.

use opentelemetry::{Array, KeyValue, Value as Attribute};
use serde_json::Value as Json;

use crate::{
    execution::{Fields, Value, with_current},
    schema::Field,
};

/// OpenTelemetry's name for the kind of an error.
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const EXCEPTION: &str = "exception";
pub(super) const EXCEPTION_TYPE: &str = "exception.type";
pub(super) const EXCEPTION_MESSAGE: &str = "exception.message";

/// OpenTelemetry's name for the status of a remote procedure call.
pub(super) const RPC_STATUS_CODE: &str = "rpc.status_code";

/// Marks an abandoned span: its future was dropped, or its run closed first.
pub(super) const ABANDONED: &str = "temporalAbandoned";

/// Returns the fields of an execution as attributes.
pub(super) fn of(fields: &Fields) -> Vec<KeyValue> {
    fields.iter().map(named).collect()
}

/// Returns some fields of an execution as attributes.
pub(super) fn only(fields: &Fields, names: &[Field]) -> impl Iterator<Item = KeyValue> {
    let wanted = |(field, _): &(Field, &Value)| names.contains(field);
    fields.iter().filter(wanted).map(named)
}

fn named((field, value): (Field, &Value)) -> KeyValue {
    let value = match value {
        Value::Text(text) => Attribute::String(text.clone().into()),
        Value::Constant(text) => Attribute::String((*text).into()),
        Value::Number(number) => Attribute::from(i64::try_from(*number).unwrap_or(i64::MAX)),
        Value::Flag(flag) => Attribute::from(*flag),
    };
    KeyValue::new(field.span_name(), value)
}

/// Returns the mirrored search attributes of the run whose code executes, as attributes.
pub(super) fn mirrored() -> Option<impl Iterator<Item = KeyValue>> {
    let fields = with_current(|now| Some(now.info().mirror()?.fields())).flatten()?;
    let fields = fields.into_iter();
    Some(fields.map(|(name, value)| KeyValue::new(name, attribute(value))))
}

fn attribute(value: Json) -> Attribute {
    match value {
        Json::String(text) => text.into(),
        Json::Bool(flag) => flag.into(),
        Json::Array(list) => {
            let text = |item: Json| item.as_str().map(|text| text.to_owned().into());
            Attribute::Array(Array::String(list.into_iter().filter_map(text).collect()))
        }
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        other => other.to_string().into(),
    }
}
