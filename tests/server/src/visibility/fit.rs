//! Values of a query, brought to the kind that their field has.

use super::value::{Value, status_name};
use crate::{
    calendar,
    proto::{Status, enums::IndexedValueType as Kind},
};

/// The value as the field has it; an error if it never can.
pub(super) fn fit(field: &str, kind: Kind, value: Value) -> Result<Value, String> {
    let wrong = |value: &Value| Err(format!("invalid value for {field}: {value:?}"));
    match (field, kind, &value) {
        ("ExecutionStatus", _, Value::Text(text)) => {
            match statuses().find(|one| status_name(*one) == text) {
                Some(status) => Ok(status.into()),
                None => wrong(&value),
            }
        }
        ("ExecutionDuration", _, Value::Text(text)) => match nanoseconds(text) {
            Some(span) => Ok(Value::Number(span)),
            None => wrong(&value),
        },
        (_, Kind::Datetime, Value::Text(text)) => match calendar::parse(text) {
            Some(time) => Ok(Value::Time(time)),
            None => wrong(&value),
        },
        (_, Kind::Int | Kind::Double, Value::Text(text)) => {
            Ok(text.parse().map_or(value, Value::Number))
        }
        _ => Ok(value),
    }
}

/// A span as nanoseconds, `1h30m` or `01:30:00`.
fn nanoseconds(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if let Some(span) = calendar::parse_span(text) {
        return Some(span.as_secs_f64() * 1e9);
    }
    let parts: Result<Vec<u32>, _> = text.split(':').map(str::parse).collect();
    match parts.ok()?.as_slice() {
        [hours, minutes, seconds] => {
            let minutes = f64::from(*hours) * 60.0 + f64::from(*minutes);
            Some((minutes * 60.0 + f64::from(*seconds)) * 1e9)
        }
        _ => None,
    }
}

fn statuses() -> impl Iterator<Item = Status> {
    (1..).map_while(|number| Status::try_from(number).ok())
}
