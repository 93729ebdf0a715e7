//! The server's data of an example that encrypts.

use serde_json::Value;
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::{History, HistoryEvent};

/// The fields that no codec sees, or that it leaves alone.
const IN_THE_CLEAR: &[&str] = &[
    // The server reads them.
    "search_attributes",
    "searchAttributes",
    // The SDK runs no codec over what its users may write of a run, nor over ours: the trace's
    // link.
    "user_metadata",
    "userMetadata",
    // Whoever has no codec reads what carries the trace.
    "header",
    // The core's own, in markers: of a local activity the type and when it ended, of a patch the
    // id.
    "data",
    "patch-data",
];

/// Checks that payloads are sealed, each of them, and that there is one.
pub async fn check(histories: &[Vec<HistoryEvent>]) -> Result<(), String> {
    let mut seen = 0;
    for events in histories {
        let events = events.clone();
        let json = WorkflowHistory::from(History { events }).to_json().await;
        let history = serde_json::from_slice(&json.unwrap()).unwrap();
        visit(&history, &mut seen)?;
    }
    match seen {
        0 => Err("there is no payload".to_owned()),
        _ => Ok(()),
    }
}

fn visit(value: &Value, seen: &mut usize) -> Result<(), String> {
    match value {
        Value::Object(fields) => {
            if let Some(encoding) = value["metadata"]["encoding"].as_str() {
                *seen += 1;
                // As protobuf's JSON has bytes.
                if encoding != "YmluYXJ5L2VuY3J5cHRlZA==" {
                    return Err(format!("a payload in the clear: {value}"));
                }
            }
            fields
                .iter()
                .filter(|(name, _)| !IN_THE_CLEAR.contains(&&***name))
                .try_for_each(|(_, value)| visit(value, seen))
        }
        Value::Array(values) => values.iter().try_for_each(|value| visit(value, seen)),
        _ => Ok(()),
    }
}
