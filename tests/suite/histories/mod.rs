//! Histories are read as people have them, whoever wrote them and however they were saved.

mod fuzz;
mod others;
mod refused;

use chronoscope::rebuild::{Recording, UnreadableHistory};
use prost::Message as _;
use serde_json::{Value, json};
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::{
    enums::v1::{RetryState, TaskQueueKind},
    history::v1::{History, HistoryEvent, history_event::Attributes},
};

/// A history as `temporal workflow show --output json` writes it today.
pub fn shown() -> Vec<Value> {
    let payload = json!({ "metadata": { "encoding": "anNvbi9wbGFpbg==" }, "data": "ImhpIg==" });
    let queue = json!({ "name": "oven", "kind": "TASK_QUEUE_KIND_NORMAL" });
    vec![
        json!({
            "eventId": "1",
            "eventTime": "2026-11-28T15:36:46.983292912Z",
            "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
            "taskId": "1048587",
            "workflowExecutionStartedEventAttributes": {
                "workflowType": { "name": "Gruß" },
                "taskQueue": queue,
                "input": { "payloads": [payload] },
                "workflowTaskTimeout": "10s",
                "originalExecutionRunId": "01a222cd-4287-7476-aa95-c667cac3cb2a",
                "attempt": 1,
                "memo": { "fields": { "a": payload } },
                "header": {},
                "workflowId": "w1",
            },
        }),
        json!({
            "eventId": "2",
            "eventTime": "2026-11-28T15:36:46.983438567Z",
            "eventType": "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED",
            "workflowTaskScheduledEventAttributes": { "taskQueue": queue, "attempt": 1 },
        }),
        json!({
            "eventId": "3",
            "eventTime": "2026-11-28T15:36:47Z",
            "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_FAILED",
            "workflowExecutionFailedEventAttributes": {
                "failure": {
                    "message": "burnt",
                    "cause": { "timeoutFailureInfo": {
                        "timeoutType": "TIMEOUT_TYPE_START_TO_CLOSE",
                        "lastHeartbeatDetails": { "payloads": [payload] },
                    } },
                },
                "retryState": "RETRY_STATE_TIMEOUT",
            },
        }),
    ]
}

fn text(events: Vec<Value>) -> Vec<u8> {
    json!({ "events": events }).to_string().into_bytes()
}

/// Reads every history in the bytes.
fn read_all(bytes: &[u8]) -> Result<Vec<Vec<HistoryEvent>>, UnreadableHistory> {
    let recordings = Recording::read_all("default", bytes)?.into_iter();
    let events = |recording: Recording| {
        let events = recording.into_history().into_events();
        futures::executor::block_on(events).unwrap()
    };
    Ok(recordings.map(events).collect())
}

fn expected() -> Vec<HistoryEvent> {
    read_all(&text(shown())).unwrap().remove(0)
}

/// Spells an enum's value as it was spelt before 2024: `TASK_QUEUE_KIND_NORMAL`, `Normal`.
fn of_before_2024(name: &str, prefix: &str) -> String {
    let words = name.strip_prefix(prefix).unwrap().split('_');
    words
        .map(|word| word[..1].to_owned() + &word[1..].to_lowercase())
        .collect()
}

fn old_names() -> Vec<Value> {
    let mut events = shown();
    for (pointer, prefix) in [
        ("/0/eventType", "EVENT_TYPE_"),
        ("/1/eventType", "EVENT_TYPE_"),
        ("/2/eventType", "EVENT_TYPE_"),
        (
            "/0/workflowExecutionStartedEventAttributes/taskQueue/kind",
            "TASK_QUEUE_KIND_",
        ),
        (
            "/2/workflowExecutionFailedEventAttributes/retryState",
            "RETRY_STATE_",
        ),
        (
            "/2/workflowExecutionFailedEventAttributes/failure/cause/timeoutFailureInfo/timeoutType",
            "TIMEOUT_TYPE_",
        ),
    ] {
        let (event, pointer) = pointer[1..].split_once('/').unwrap();
        let event = &mut events[event.parse::<usize>().unwrap()];
        let name = event.pointer_mut(&format!("/{pointer}")).unwrap();
        *name = of_before_2024(name.as_str().unwrap(), prefix).into();
    }
    events
}

fn numbers() -> Vec<Value> {
    let mut events = shown();
    for (event, (number, kind)) in events.iter_mut().zip([(1, 1), (2, 5), (3, 3)]) {
        event["eventId"] = number.into();
        event["eventType"] = kind.into();
    }
    events
}

/// What a server of tomorrow adds.
fn of_tomorrow() -> Vec<Value> {
    let mut events = shown();
    events[0]["newField"] = json!({ "with": ["anything"] });
    let started = &mut events[0]["workflowExecutionStartedEventAttributes"];
    started["newField"] = 7.into();
    started["taskQueue"]["newField"] = json!({});
    events
}

fn utf16(text: &[u8], unit: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(text).unwrap();
    let units = text.encode_utf16().flat_map(unit);
    mark.iter().copied().chain(units).collect()
}

#[test]
fn every_form_of_a_history_is_the_same_history() {
    let (events, plain) = (expected(), text(shown()));
    let history = History {
        events: events.clone(),
    };
    let lines = |events: Vec<Value>| {
        let lines = events.iter().map(|event| format!("{event}\n"));
        lines.collect::<String>().into_bytes()
    };
    let of_the_sdk = WorkflowHistory::from(history.clone()).to_json();
    let mut newest_first = shown();
    newest_first.reverse();
    let forms = [
        ("names of before 2024", text(old_names())),
        ("numbers", text(numbers())),
        ("fields of tomorrow", text(of_tomorrow())),
        ("a bare list", Value::from(shown()).to_string().into_bytes()),
        ("one event a line", lines(shown())),
        ("newest first", text(newest_first.clone())),
        ("newest first, one a line", lines(newest_first)),
        (
            "a response",
            json!({ "history": { "events": shown() }, "nextPageToken": "" })
                .to_string()
                .into_bytes(),
        ),
        (
            "in a list",
            json!([{ "events": shown() }]).to_string().into_bytes(),
        ),
        ("pages", {
            let (first, second) = (shown()[..2].to_vec(), shown()[2..].to_vec());
            [text(first), text(second)].concat()
        }),
        ("with a mark", [b"\xEF\xBB\xBF", &*plain].concat()),
        ("UTF-16, little", utf16(&plain, u16::to_le_bytes, b"")),
        ("UTF-16, big", utf16(&plain, u16::to_be_bytes, b"")),
        (
            "UTF-16, little, with a mark",
            utf16(&plain, u16::to_le_bytes, b"\xFF\xFE"),
        ),
        (
            "UTF-16, big, with a mark",
            utf16(&plain, u16::to_be_bytes, b"\xFE\xFF"),
        ),
        ("protobuf", history.encode_to_vec()),
        (
            "the Rust SDK",
            futures::executor::block_on(of_the_sdk).unwrap(),
        ),
    ];
    for (form, bytes) in forms {
        assert_eq!(
            read_all(&bytes)
                .map_err(|error| error.to_string())
                .as_deref(),
            Ok(&[events.clone()][..]),
            "{form}"
        );
    }
}

#[test]
fn a_history_says_what_its_file_says() {
    let events = expected();
    let attributes = |n: usize| events[n].attributes.clone().unwrap();
    let Attributes::WorkflowExecutionStartedEventAttributes(started) = attributes(0) else {
        panic!("{events:?}")
    };
    assert_eq!(
        started.task_queue.unwrap().kind(),
        TaskQueueKind::Normal,
        "{events:?}"
    );
    assert_eq!(started.workflow_type.unwrap().name, "Gruß");
    assert_eq!(started.input.unwrap().payloads[0].data, b"\"hi\"");
    let Attributes::WorkflowExecutionFailedEventAttributes(failed) = attributes(2) else {
        panic!("{events:?}")
    };
    assert_eq!(failed.retry_state(), RetryState::Timeout);
}

#[test]
fn several_histories_in_a_file_are_told_apart() {
    let both = json!([{ "events": shown() }, { "events": shown() }]).to_string();
    assert_eq!(
        read_all(both.as_bytes()).unwrap(),
        [expected(), expected()],
        "in a list"
    );
    let mut newest_first = shown();
    newest_first.reverse();
    let both = [text(newest_first.clone()), text(newest_first)].concat();
    assert_eq!(read_all(&both).unwrap(), [expected(), expected()]);
    let error = Recording::read("default", &both).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the history: it has 2 histories: read them with `Recording::read_all`"
    );
}

#[test]
fn events_that_workers_may_ignore_are_skipped() {
    for kind in [
        json!("EVENT_TYPE_OF_TOMORROW"),
        json!("Unknown"),
        json!(999),
    ] {
        let mut events = shown();
        events[1] = json!({
            "eventId": "2", "eventType": kind, "workerMayIgnore": true,
            "workflowTaskScheduledEventAttributes": { "attempt": 1 },
        });
        let read = read_all(&text(events)).unwrap().remove(0);
        assert_eq!(read[1].attributes, None, "{kind}");
        assert_eq!((&read[0], &read[2]), (&expected()[0], &expected()[2]));
    }
}

#[test]
fn a_value_of_an_enum_that_is_not_known_is_skipped() {
    let mut events = shown();
    events[2]["workflowExecutionFailedEventAttributes"]["retryState"] = "OfTomorrow".into();
    let read = read_all(&text(events)).unwrap().remove(0);
    let Some(Attributes::WorkflowExecutionFailedEventAttributes(failed)) = &read[2].attributes
    else {
        panic!("{read:?}")
    };
    assert_eq!(failed.retry_state(), RetryState::Unspecified);
    assert!(failed.failure.is_some());
}

#[test]
fn ids_that_a_history_does_not_say_are_set_by_the_caller() {
    let mut events = shown();
    let started = events[0]["workflowExecutionStartedEventAttributes"].as_object_mut();
    started.unwrap().remove("workflowId");
    for (events, expected) in [(events, "given"), (shown(), "w1")] {
        let recording = Recording::read("default", &text(events)).unwrap();
        let history = recording.workflow_id("given").into_history();
        assert_eq!(history.workflow_id(), Some(expected));
    }
}
