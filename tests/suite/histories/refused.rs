//! What is no history is refused with an error that says why, and where.

use prost::Message as _;
use serde_json::{Value, json};
use temporalio_common::protos::temporal::api::history::v1::{History, HistoryEvent};

use super::{read_all, shown, text};

fn with(change: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let mut events = shown();
    change(&mut events);
    text(events)
}

fn decoded(input: Value) -> Vec<u8> {
    with(|events| events[0]["workflowExecutionStartedEventAttributes"]["input"] = input)
}

const DECODED: &str = "event 1 (EVENT_TYPE_WORKFLOW_EXECUTION_STARTED): its payloads are decoded";
const EXPECTED: &str = "expected what `temporal workflow show";

#[test]
fn a_refusal_says_why_and_where() {
    let plain = || text(shown());
    let in_binary = HistoryEvent {
        event_id: 7,
        event_type: 999,
        ..Default::default()
    };
    let in_binary = History {
        events: vec![in_binary],
    };
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("nothing", vec![], "it has no events"),
        ("white space", b"\n \n".to_vec(), "it has no events"),
        ("no events", text(vec![]), "it has no events"),
        ("a table", b"ID  Time  Type".to_vec(), EXPECTED),
        ("random bytes", vec![0xC3, 0x28, 9, 255], EXPECTED),
        ("cut short", plain()[..200].to_vec(), EXPECTED),
        (
            "other JSON",
            b"{\"a\": 1}".to_vec(),
            "it is JSON, but neither",
        ),
        (
            "a number in a list",
            b"[1]".to_vec(),
            "it is JSON, but neither",
        ),
        (
            "an unknown event",
            with(|events| events[1]["eventType"] = "OfTomorrow".into()),
            "event 2 (OfTomorrow): it is unknown to this version",
        ),
        (
            "an unknown event in binary",
            in_binary.encode_to_vec(),
            "event 7 (999): it is unknown to this version",
        ),
        (
            "events that are shuffled",
            with(|events| events[1]["eventId"] = "3".into()),
            "event 3 follows event 3",
        ),
        ("a value", decoded(json!("hi")), DECODED),
        ("values", decoded(json!(["hi", 7])), DECODED),
        (
            "a list of values",
            decoded(json!({ "payloads": ["hi"] })),
            DECODED,
        ),
        (
            "a value that is an object",
            decoded(json!({ "payloads": [{ "name": "hi" }] })),
            DECODED,
        ),
        (
            "decoded metadata",
            decoded(json!({ "payloads": [
                { "metadata": { "encoding": "json/plain" }, "data": "hi" },
            ] })),
            DECODED,
        ),
        (
            "decoded data",
            decoded(json!({ "payloads": [{ "data": { "name": "hi" } }] })),
            DECODED,
        ),
        (
            "a decoded memo",
            with(|events| {
                events[0]["workflowExecutionStartedEventAttributes"]["memo"]["fields"]["a"] =
                    "b".into();
            }),
            DECODED,
        ),
        (
            "a wrong type",
            with(|events| events[1]["eventTime"] = 7.into()),
            "event 2 (EVENT_TYPE_WORKFLOW_TASK_SCHEDULED): expected what",
        ),
    ];
    for (name, bytes, expected) in cases {
        let error = read_all(bytes).unwrap_err().to_string();
        let why = error.strip_prefix("cannot read the history: ").unwrap();
        assert!(why.starts_with(expected), "{name}: {why}");
    }
}
