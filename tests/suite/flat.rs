//! Flat JSON lines: what hosted backends read, each key once.

use std::fmt;

use chronoscope::{
    Observability,
    execution::{Phase, Policy},
    logs::LogFormat,
    schema::{Field, Operation},
    testing::execution,
};
use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::Lines;

/// An object that has each key once.
#[derive(Debug, PartialEq)]
struct Unique(serde_json::Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object that has each key once")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
                let mut once = serde_json::Map::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    assert_eq!(once.insert(key.clone(), value), None, "{key}");
                }
                Ok(Unique(once))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

/// The lines of the body without their times, and how many fields got another name.
fn written(body: impl FnOnce()) -> (Vec<Value>, u64) {
    let lines = Lines::default();
    let observability = Observability::builder()
        .logs(|l| l.writer(lines.clone()).format(LogFormat::JsonFlat))
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(observability.log_layer());
    tracing::subscriber::with_default(subscriber, body);
    observability.shutdown();
    let line = |line: &str| {
        let Unique(mut line) = serde_json::from_str(line).unwrap();
        let time = line.remove("timestamp").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
        Value::Object(line)
    };
    let written = lines.text().lines().map(line).collect();
    (written, observability.health().lines.fields_renamed)
}

fn check(body: impl FnOnce(), expected: Value, renamed: u64) {
    let mut expected = expected;
    expected["target"] = "suite::flat".into();
    expected["level"] = "INFO".into();
    assert_eq!(written(body), (vec![expected], renamed));
}

fn activity() -> chronoscope::testing::ExecutionBuilder {
    execution(Operation::RunActivity)
        .field(Field::WorkflowId, "order 7\n\"x\"")
        .field(Field::Attempt, 2)
        .field(Field::IsLocal, false)
}

#[test]
fn message_and_fields_are_at_the_top_with_their_types() {
    check(
        || {
            activity().build().run(|| {
                tracing::info!(
                    item = "sö\u{1}cks", n = -1, of = u64::MAX, price = 0.5, is = true,
                    r#type = "t", items = ?[1, 2], shown = %"a\nb", never = f64::NAN, "packed"
                );
            });
        },
        json!({
            "message": "packed", "item": "sö\u{1}cks", "n": -1, "of": u64::MAX, "price": 0.5,
            "is": true, "type": "t", "items": "[1, 2]", "shown": "a\nb", "never": null,
            "workflow_id": "order 7\n\"x\"", "attempt": 2, "is_local": false,
        }),
        0,
    );
    check(|| tracing::info!(message = 7), json!({"message": "7"}), 0);
    check(|| tracing::info!(alone = 1), json!({"alone": 1}), 0);
    check(
        || {
            let outer = tracing::info_span!("outer", a = 1, name = "mine");
            let _outer = outer.enter();
            let _inner = tracing::info_span!("inner").entered();
            tracing::info!("inside");
        },
        json!({
            "message": "inside",
            "spans": [{"name": "outer", "a": 1, "fields.name": "mine"}, {"name": "inner"}],
        }),
        1,
    );
}

#[test]
fn a_field_whose_name_the_line_has_is_prefixed_and_counted() {
    check(
        || {
            activity().build().run(|| {
                tracing::info!(
                    level = 1,
                    timestamp = 2,
                    target = 3,
                    spans = 4,
                    workflow_id = "other",
                    attempt = 9,
                    run_id = "not added here",
                    "fields.level" = 5,
                    "clashes"
                );
            });
        },
        json!({
            "message": "clashes", "fields.level": 1, "fields.timestamp": 2, "fields.target": 3,
            "fields.spans": 4, "fields.workflow_id": "other", "fields.attempt": 9,
            "run_id": "not added here", "fields.fields.level": 5,
            "workflow_id": "order 7\n\"x\"", "attempt": 2, "is_local": false,
        }),
        7,
    );
    // What is not on the line is nobody's but the event's.
    check(
        || {
            tracing::info!(
                workflow_id = "mine",
                trace_id = "mine",
                replaying = 1,
                "outside"
            )
        },
        json!({"message": "outside", "workflow_id": "mine", "trace_id": "mine", "replaying": 1}),
        0,
    );
    check(
        || {
            let shown = activity().phase(Phase::Replaying).policy(Policy::Show);
            shown.build().run(|| tracing::info!(replaying = "mine"));
        },
        json!({
            "replaying": true, "fields.replaying": "mine",
            "workflow_id": "order 7\n\"x\"", "attempt": 2, "is_local": false,
        }),
        1,
    );
}

#[test]
fn a_record_of_the_crate_log_has_its_own_target() {
    let (lines, renamed) = written(|| {
        let record = log::Record::builder()
            .level(log::Level::Warn)
            .target("elsewhere")
            .module_path(Some("elsewhere::inside"))
            .args(format_args!("by log"))
            .build();
        tracing_log::format_trace(&record).unwrap();
    });
    let expected = json!({"message": "by log", "level": "WARN", "target": "elsewhere"});
    assert_eq!((lines, renamed), (vec![expected], 0));
}
