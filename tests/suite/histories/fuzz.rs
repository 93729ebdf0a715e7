//! Whatever bytes come, reading them never panics.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value;

use super::{expected, numbers, of_tomorrow, old_names, read_all, shown, text};
use prost::Message as _;
use temporalio_common::protos::temporal::api::history::v1::History;

/// Histories in forms of every kind, to be damaged.
fn seeds() -> Vec<Vec<u8>> {
    let binary = History { events: expected() }.encode_to_vec();
    [shown(), old_names(), numbers(), of_tomorrow()]
        .into_iter()
        .map(text)
        .chain([binary])
        .collect()
}

#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Cut(Index),
    Repeat(Index, Index),
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let at = any::<Index>;
    let one = prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        at().prop_map(Damage::Cut),
        (at(), at()).prop_map(|(at, to)| Damage::Repeat(at, to)),
    ];
    vec(one, 1..6)
}

fn damage(bytes: &mut Vec<u8>, damage: &Damage) {
    let len = bytes.len();
    if len == 0 {
        return;
    }
    match damage {
        Damage::Set(at, byte) => bytes[at.index(len)] = *byte,
        Damage::Cut(at) => bytes.truncate(at.index(len)),
        Damage::Repeat(at, to) => {
            let (at, to) = (at.index(len), to.index(len));
            let part = bytes[at.min(to)..at.max(to)].to_vec();
            bytes.splice(to..to, part);
        }
    }
}

/// Every place in a JSON value, for another value to take it.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Array(values) => {
            for (n, value) in values.iter().enumerate() {
                places(value, &format!("{path}/{n}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                places(value, &format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Za-z_/=0-9-]{0,12}".prop_map(Value::from),
        Just(Value::from("9999999999-01-01T00:00:00Z")),
        Just(Value::from("-99999999999999999s")),
    ];
    let fields = ["events", "eventId", "payloads", "metadata", "attributes"];
    leaf.prop_recursive(4, 16, 4, move |inner| {
        let name = proptest::sample::select(fields.to_vec());
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name, inner), 0..4).prop_map(|fields| {
                let fields = fields.into_iter();
                fields
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..Default::default()
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let seeds = seeds();
    proptest!(config(4000), |(seed in any::<Index>(), damages in damages())| {
        let mut bytes = seed.get(&seeds).clone();
        for one in &damages {
            damage(&mut bytes, one);
        }
        let _ = read_all(&bytes);
    });
    proptest!(config(2000), |(bytes in vec(any::<u8>(), 0..64))| {
        let _ = read_all(&bytes);
    });
}

#[test]
fn values_in_places_of_others_never_panic() {
    let of_the_sdk = include_bytes!("../../histories/off/failure-0.json");
    let histories = [
        Value::from(shown()),
        serde_json::from_slice(of_the_sdk).unwrap(),
    ];
    let places: Vec<Vec<String>> = histories
        .iter()
        .map(|history| {
            let mut found = Vec::new();
            places(history, "", &mut found);
            found
        })
        .collect();
    proptest!(config(1500), |(which in 0..2usize, at in any::<Index>(), value in values())| {
        let mut history = histories[which].clone();
        *history.pointer_mut(at.get::<String>(&places[which])).unwrap() = value;
        let _ = read_all(history.to_string().as_bytes());
    });
}

#[test]
fn deep_nesting_never_overflows() {
    for (open, close) in [("[", "]"), ("{\"history\":", "}"), ("{\"events\":", "}")] {
        let text = open.repeat(100_000) + "1" + &close.repeat(100_000);
        assert!(read_all(text.as_bytes()).is_err());
    }
    let cause = |depth| {
        let open = "{\"cause\":".repeat(depth);
        let close = "}".repeat(depth);
        format!(
            "{{\"eventId\":1,\"eventType\":3,\"workflowExecutionFailedEventAttributes\":\
             {{\"failure\":{open}null{close}}}}}"
        )
    };
    assert!(read_all(cause(50).as_bytes()).is_ok());
    assert!(read_all(cause(100_000).as_bytes()).is_err());
}
