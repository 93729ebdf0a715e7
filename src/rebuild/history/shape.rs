//! The containers of events: a history, a response, a list of either, a bare list, or one event per
//! line.

use serde_json::{Deserializer, Value};
use temporalio_common::protos::temporal::api::history::v1::HistoryEvent;

use super::{error::Fault, event};

/// The field names that identify an event, in protobuf's JSON and in the Rust SDK's.
const OF_EVENTS: [&str; 4] = ["eventId", "event_id", "eventType", "event_type"];

/// Returns the events of all values in the text, in the order of the text.
pub(super) fn events(json: &str) -> Result<Vec<HistoryEvent>, Fault> {
    let mut events = Vec::new();
    for value in Deserializer::from_str(json).into_iter() {
        gather(value.map_err(Fault::other)?, &mut events)?;
    }
    Ok(events)
}

fn gather(mut value: Value, events: &mut Vec<HistoryEvent>) -> Result<(), Fault> {
    for inner in ["history", "events"] {
        if let Some(inner) = value.get_mut(inner) {
            return match inner.take() {
                Value::Null => Ok(()),
                inner => gather(inner, events),
            };
        }
    }
    match value {
        Value::Array(values) => values
            .into_iter()
            .try_for_each(|value| gather(value, events)),
        Value::Object(fields) if OF_EVENTS.iter().any(|name| fields.contains_key(*name)) => {
            events.push(event::read(fields)?);
            Ok(())
        }
        _ => Err(Fault::NotHistory),
    }
}
