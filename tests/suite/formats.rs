//! The execution's fields on lines of every format.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};

use chronoscope::{
    execution::{Execution, Phase, Policy},
    logs::{ExecutionFormat, ReplayFilter},
    schema::{Field, Operation},
    testing::{ExecutionBuilder, execution},
};
use serde_json::{Value, json};
use tracing::field::{Field as EventField, Visit};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt,
    layer::{Context, SubscriberExt as _},
};

use crate::support::Lines;

fn activity() -> ExecutionBuilder {
    execution(Operation::RunActivity)
        .field(Field::Namespace, "default")
        .field(Field::WorkflowId, "order 7\n\"x\"")
        .field(Field::Attempt, 2)
        .field(Field::IsLocal, false)
}

/// What a layer writes while the body runs inside the execution.
fn written<L>(layer: impl FnOnce(Lines) -> L, now: Execution, body: impl FnOnce()) -> String
where
    L: Layer<Registry> + Send + Sync,
{
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry()
        .with(layer(lines.clone()))
        .with(ReplayFilter::global());
    tracing::subscriber::with_default(subscriber, || now.run(body));
    lines.text()
}

/// The four formats, without time and place.
macro_rules! format {
    ($($format:ident)?) => {
        |lines| {
            fmt::layer()
                $(.$format())?
                .without_time()
                .with_ansi(false)
                .with_file(false)
                .with_line_number(false)
                .with_writer(lines)
                .map_event_format(ExecutionFormat::new)
        }
    };
}

fn hello() {
    tracing::info!(n = 1, "hello");
}

#[test]
fn full_and_compact_put_them_at_the_end_of_the_line() {
    let fields = r#"namespace=default workflow_id="order 7\n\"x\"" attempt=2 is_local=false"#;
    assert_eq!(
        written(format!(), activity().build(), hello),
        std::format!(" INFO suite::formats: hello n=1 {fields}\n")
    );
    let compact = written(format!(compact), activity().build(), hello);
    assert_eq!(
        compact,
        std::format!(" INFO suite::formats: hello n=1 {fields}\n")
    );
}

#[test]
fn pretty_gives_them_a_line() {
    let lines = written(format!(pretty), activity().build(), hello);
    let fields =
        r#"namespace: default, workflow_id: "order 7\n\"x\"", attempt: 2, is_local: false"#;
    assert_eq!(
        lines,
        std::format!("   INFO suite::formats: hello, n: 1\n    with {fields}\n\n")
    );
}

#[test]
fn json_puts_them_flat_into_the_object() {
    let line = written(format!(json), activity().build(), hello);
    assert_eq!(line.matches('\n').count(), 1);
    assert_eq!(
        serde_json::from_str::<Value>(&line).unwrap(),
        json!({
            "level": "INFO", "target": "suite::formats", "fields": { "message": "hello", "n": 1 },
            "namespace": "default", "workflow_id": "order 7\n\"x\"", "attempt": 2, "is_local": false,
        })
    );
}

#[test]
fn colours_are_the_layers_choice() {
    let coloured = |lines| {
        fmt::layer()
            .without_time()
            .with_ansi(true)
            .with_writer(lines)
            .map_event_format(ExecutionFormat::new)
    };
    let line = written(coloured, activity().build(), hello);
    assert!(line.contains("\x1b[32m INFO\x1b[0m"), "{line:?}");
    assert!(
        line.contains("\x1b[3mnamespace\x1b[0m\x1b[2m=\x1b[0mdefault"),
        "{line:?}"
    );
}

#[test]
fn outside_of_an_execution_lines_are_as_ever() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(format!()(lines.clone()));
    tracing::subscriber::with_default(subscriber, hello);
    assert_eq!(lines.text(), " INFO suite::formats: hello n=1\n");
}

/// The keys of a JSON object as they stand in the text, where a doubled one shows.
fn keys(line: &str, key: &str) -> usize {
    line.matches(&std::format!("\"{key}\":")).count()
}

#[test]
fn an_events_own_field_of_the_same_name_wins_where_both_would_collide() {
    let own = || tracing::info!(attempt = 9, "hello");
    let text = written(format!(), activity().build(), own);
    assert!(
        text.contains(" attempt=9 ") && !text.contains("attempt=2"),
        "{text}"
    );

    let flat = |lines| {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(lines)
            .map_event_format(ExecutionFormat::new)
    };
    let line = written(flat, activity().build(), own);
    assert_eq!(keys(&line, "attempt"), 1, "{line}");
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["attempt"], 9);

    // Nested, an event's fields are apart and nothing collides.
    let line = written(format!(json), activity().build(), own);
    let line = serde_json::from_str::<Value>(&line).unwrap();
    assert_eq!(
        (&line["attempt"], &line["fields"]["attempt"]),
        (&json!(2), &json!(9))
    );
}

#[test]
fn an_object_without_any_other_key_stays_valid() {
    let bare = |lines| {
        fmt::layer()
            .json()
            .flatten_event(true)
            .without_time()
            .with_level(false)
            .with_target(false)
            .with_writer(lines)
            .map_event_format(ExecutionFormat::new)
    };
    let line = written(bare, activity().build(), || {
        tracing::info!(namespace = "own")
    });
    let expected = json!({ "namespace": "own", "workflow_id": "order 7\n\"x\"", "attempt": 2, "is_local": false });
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
}

#[test]
fn shown_replays_are_marked() {
    let replayed = |policy| activity().phase(Phase::Replaying).policy(policy).build();
    let body = || {
        chronoscope::info!("ours");
        tracing::info!("plain");
    };
    assert_eq!(written(format!(), replayed(Policy::Suppress), body), "");
    let shown = written(format!(), replayed(Policy::Show), body);
    assert_eq!(shown.lines().count(), 2);
    assert!(
        shown.lines().all(|line| line.ends_with(" replaying=true")),
        "{shown}"
    );
    let shown = written(format!(json), replayed(Policy::Show), body);
    for line in shown.lines() {
        assert_eq!(
            serde_json::from_str::<Value>(line).unwrap()["replaying"],
            true
        );
    }
}

#[test]
fn an_event_inside_of_an_events_formatting_is_whole() {
    struct Chatty;
    impl std::fmt::Debug for Chatty {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            tracing::info!("inner");
            f.write_str("outer")
        }
    }
    let lines = written(
        format!(json),
        activity().build(),
        || tracing::info!(value = ?Chatty),
    );
    for line in lines.lines() {
        assert_eq!(
            serde_json::from_str::<Value>(line).unwrap()["attempt"],
            2,
            "{line}"
        );
    }
    assert!(lines.contains("outer"));
}

/// What the SDK would print of a failure.
const FAILURE: &str = r#"Failure { message: "Encoding error: invalid type: string \"secret\"" }"#;

/// The SDK's texts of errors, and the parts that can hold no payload.
const TEXTS: [(&str, &str); 10] = [
    (
        "Nondeterminism error: no match",
        "Nondeterminism error: no match",
    ),
    (
        "could not find a matching command for it: HistoryEvent { event_id: 5, data: [115] }",
        "could not find a matching command for it: HistoryEvent {…",
    ),
    (
        "cannot be completed: ActivityTaskCompletedEventAttributes { result: Some(Payloads { .. }) }",
        "cannot be completed: ActivityTaskCompletedEventAttributes {…",
    ),
    (
        "Failure { failure: Some(Failure { message: \"no match: HistoryEvent { data: [115] }\" }) }",
        "Failure { failure: Some(Failure { message: \"no match: HistoryEvent {…",
    ),
    (
        "Failed decoding activation: wrong key for secret",
        "Failed decoding activation: …",
    ),
    (
        "Failed encoding completion: no key for secret",
        "Failed encoding completion: …",
    ),
    ("Grpc(EncodingError(secret))", "Grpc(EncodingError(…"),
    (
        "Status { code: Internal, message: \"down\", details: b\"secret\" }",
        "Status { code: Internal, message: \"down\", details: b\"…",
    ),
    (
        "Status { message: \"down\", source: Some(Os { code: 111, kind: ConnectionRefused }) }",
        "Status { message: \"down\", source: Some(Os { code: 111, kind: ConnectionRefused }) }",
    ),
    (
        "Failure { failure_info: Some(ApplicationFailureInfo(ApplicationFailureInfo { type: \"T\", \
         details: Some(Payloads { data: [115] }) })) }",
        "Failure { failure_info: Some(ApplicationFailureInfo(ApplicationFailureInfo { type: \"T\", \
         details: Some(…",
    ),
];

fn log_as_the_sdk() {
    const SDK: &str = "temporalio_sdk_core::worker";
    let secret = Some("secret");
    tracing::warn!(target: SDK, run_id = "r1", state = ?Some(1), n = 1, f = 0.5, is = true, "all");
    tracing::warn!(target: SDK, failure = FAILURE, "said");
    tracing::warn!(target: SDK, reason = %"details: Some(secret)", error = "none", "said");
    tracing::warn!(target: SDK, action = ?secret, anything = "secret", "hidden");
    tracing::warn!(target: SDK, "failed: {FAILURE}");
    tracing::warn!(target: SDK, "failed: Encoding error: secret");
    for text in TEXTS.map(|(text, _)| text) {
        tracing::warn!(target: SDK, "{text}");
        tracing::warn!(target: SDK, failure = text, "said");
    }
    tracing::warn!("mine: Encoding error: no secret");
}

/// Keeps what it sees of events, as a layer of somebody else does.
#[derive(Clone, Default)]
struct Theirs(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &EventField, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl<S: tracing::Subscriber> Layer<S> for Theirs {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }
}

#[test]
fn layers_of_others_see_the_sdks_events_without_payloads() {
    let lines = Lines::default();
    let (plain, filtered) = (Theirs::default(), Theirs::default());
    let subscriber = tracing_subscriber::registry()
        .with(lines.layer())
        .with(plain.clone())
        .with(filtered.clone().with_filter(ReplayFilter::new()))
        .with(ReplayFilter::global())
        .with(EnvFilter::new("info"));
    tracing::subscriber::with_default(subscriber, log_as_the_sdk);
    let events = 6 + 2 * TEXTS.len() + 1;
    assert_eq!(lines.of("").len(), events);
    for seen in [plain, filtered] {
        let seen = seen.0.lock().unwrap();
        assert_eq!(seen.len(), events);
        for event in &*seen {
            assert!(
                !event.contains("secret") || event.contains("mine"),
                "{event}"
            );
        }
    }
}

#[test]
fn what_the_sdk_logs_comes_without_payloads() {
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.filtered(), log_as_the_sdk);
    let fields: Vec<_> = lines
        .of("")
        .into_iter()
        .map(|mut line| line["fields"].take())
        .collect();
    let (own, of_texts) = fields.split_at(6);
    let (of_texts, last) = of_texts.split_at(2 * TEXTS.len());
    for (pair, (text, shown)) in of_texts.chunks(2).zip(TEXTS) {
        assert_eq!(pair[0], json!({"message": shown}), "{text}");
        assert_eq!(
            pair[1],
            json!({"message": "said", "failure": shown}),
            "{text}"
        );
    }
    assert_eq!(
        [own, last].concat(),
        [
            json!({"message": "all", "run_id": "r1", "state": "Some(1)", "n": 1, "f": 0.5, "is": true}),
            json!({"message": "said", "failure": "Failure { message: \"Encoding error: …"}),
            json!({"message": "said", "reason": "details: Some(…", "error": "none"}),
            json!({"message": "hidden", "action": "…", "anything": "…"}),
            json!({"message": "failed: Failure { message: \"Encoding error: …"}),
            json!({"message": "failed: Encoding error: …"}),
            json!({"message": "mine: Encoding error: no secret"}),
        ]
    );
}
