//! Arbitrary headers: each is read or counted, and no attempt fails.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::{payload, take};

const VALID: &str = r#"{"baggage":"a=b;p=q,c=%20+","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","tracestate":"k=v,x@y=z"}"#;

/// The attempt succeeds, or else `take` panics.
fn check(data: &[u8]) -> Result<(), TestCaseError> {
    let taken = take(payload("json/plain", data));
    prop_assert!(taken.unreadable <= 1);
    // Whatever names a parent is a valid one: never no trace, and never one of zeros.
    if let Some((trace, span)) = &taken.parent {
        prop_assert_eq!((trace.len(), span.len()), (32, 16));
        prop_assert!(
            [trace, span]
                .iter()
                .all(|id| id.bytes().any(|byte| byte != b'0'))
        );
    }
    let is_object = serde_json::from_slice::<Value>(data).is_ok_and(|value| value.is_object());
    prop_assert!(is_object || taken.unreadable == 1);
    Ok(())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from(VALID)),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof!["traceparent|tracestate|baggage", ".{0,4}"];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name, inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Text that a field might hold, good in parts.
fn any_field() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[0-9a-f]{2}|[0-9a-f]{16}|[0-9a-f]{32}",
        "[-=,;%+@ ]",
        "%[0-9a-fA-Fg]{0,2}",
        ".{0,8}",
    ];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// A valid header with some bytes changed, put in or left out, and cut off somewhere.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..3);
    (
        vec(change, 1..6),
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(changes, end, is_cut)| {
            let mut bytes = VALID.as_bytes().to_vec();
            for (place, byte, kind) in changes {
                let place = place.index(bytes.len());
                match kind {
                    0 => bytes[place] = byte,
                    1 => bytes.insert(place, byte),
                    _ => drop(bytes.remove(place)),
                }
            }
            if is_cut {
                bytes.truncate(end.index(bytes.len()));
            }
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn arbitrary_bytes(data in vec(any::<u8>(), 0..200)) {
        check(&data)?;
    }

    #[test]
    fn arbitrary_json(value in any_json()) {
        check(value.to_string().as_bytes())?;
    }

    #[test]
    fn arbitrary_fields(parent in any_field(), state in any_field(), baggage in any_field()) {
        let header = json!({ "traceparent": parent, "tracestate": state, "baggage": baggage });
        check(header.to_string().as_bytes())?;
    }

    #[test]
    fn valid_headers_that_something_happened_to(data in mutated()) {
        check(&data)?;
    }
}
