//! The written headers, and that they can be read back.
//!
//! It has to be right to the byte, since readers are strict: Python's fails a task on an encoding
//! that is not `json/plain` or on bad JSON, Go's on anything but an object of strings and on an
//! invalid parent, TypeScript's on baggage with a bad `%`.

use std::collections::HashMap;

use chronoscope::{
    Observability,
    testing::{Capture, unwired::headers},
};
use opentelemetry::{
    Context, KeyValue,
    baggage::{BaggageExt as _, KeyValueMetadata},
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId},
};

use super::{KEY, payload, take};

const TRACE: TraceId =
    TraceId::from_bytes(*b"\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c");
const SPAN: SpanId = SpanId::from_bytes(*b"\xb7\xad\x6b\x71\x69\x20\x33\x31");

fn span(flags: u8, state: &str) -> Context {
    let context = SpanContext::new(
        TRACE,
        SPAN,
        TraceFlags::new(flags),
        false,
        state.parse().unwrap(),
    );
    Context::new().with_remote_span_context(context)
}

fn members(pairs: &[(&'static str, &'static str)]) -> Vec<KeyValue> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| KeyValue::new(*name, *value))
        .collect()
}

/// What a call that is made in this context carries.
fn written(context: Context) -> Option<String> {
    let capture = Capture::new();
    let entered = context.attach();
    let mut all = headers(capture.observability());
    drop(entered);
    let header = all.remove(KEY);
    assert!(all.is_empty());
    let header = header?;
    assert_eq!(header, payload("json/plain", &header.data));
    Some(String::from_utf8(header.data).unwrap())
}

#[test]
fn headers_are_pythons_and_gos_to_the_byte() {
    let parent = r#""traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01""#;
    let unsampled = parent.replace("-01\"", "-00\"");
    for (context, expected) in [
        (span(1, ""), format!("{{{parent}}}")),
        (span(0, ""), format!("{{{unsampled}}}")),
        // OpenTelemetry for Go up to 1.41 holds flags above 02 for invalid.
        (span(3, ""), format!("{{{parent}}}")),
        (span(0xfe, ""), format!("{{{unsampled}}}")),
        (
            span(1, "k=v,a=b"),
            format!(r#"{{{parent},"tracestate":"k=v,a=b"}}"#),
        ),
        (
            span(1, "").with_baggage(members(&[("tenant", "acme")])),
            format!(r#"{{"baggage":"tenant=acme",{parent}}}"#),
        ),
        (
            span(1, "k=v").with_baggage(members(&[("b", "2"), ("a", "1"), ("c", "")])),
            format!(r#"{{"baggage":"a=1,b=2,c=",{parent},"tracestate":"k=v"}}"#),
        ),
        (
            Context::new().with_baggage(members(&[("tenant", "acme")])),
            r#"{"baggage":"tenant=acme"}"#.to_owned(),
        ),
    ] {
        assert_eq!(written(context), Some(expected));
    }
}

#[test]
fn where_there_is_nothing_to_say_there_is_no_header() {
    for context in [Context::new(), Context::new().with_baggage(members(&[]))] {
        assert_eq!(written(context), None);
    }
    let entered = span(1, "").attach();
    assert_eq!(
        headers(&Observability::builder().build().unwrap()),
        HashMap::new()
    );
    drop(entered);
}

#[test]
fn baggage_is_escaped_so_that_every_sdk_reads_the_same() {
    for (value, expected) in [
        ("acme & co", "acme%20&%20co"),
        // Python reads a bare `+` as a space, and everybody a bare `%` as the start of an escape.
        ("1+1", "1%2B1"),
        ("100%", "100%25"),
        ("%20", "%2520"),
        // Rust's reader cuts values off at a second `=`.
        ("a=b", "a%3Db"),
        ("a,b;c", "a%2Cb%3Bc"),
        ("\"\\", "%22%5C"),
        ("€\u{0}\n", "%E2%82%AC%00%0A"),
        (" a ", "%20a%20"),
    ] {
        let context = Context::new().with_baggage([KeyValue::new("k", value)]);
        let json = serde_json::json!({ "baggage": format!("k={expected}") });
        assert_eq!(written(context), Some(json.to_string()), "{value:?}");
    }
    // A name may hold both, and a property be an escape already; none becomes a member of its own.
    let member = KeyValueMetadata::new("a+b%c", "v", " p=%2C ; q=1,evil=2;; r s");
    assert_eq!(
        written(Context::new().with_baggage([member])),
        Some(r#"{"baggage":"a%2Bb%25c=v;p=%2C;q=1%2Cevil=2;r%20s"}"#.to_owned())
    );
}

#[test]
fn baggage_that_no_reader_would_take_stays_here() {
    // Within the limit as it is, above it as it is escaped.
    let context = Context::new().with_baggage([
        KeyValue::new("a", "+".repeat(3000)),
        KeyValue::new("b", "small"),
    ]);
    assert_eq!(
        written(context),
        Some(r#"{"baggage":"b=small"}"#.to_owned())
    );
}

#[test]
fn what_is_written_is_read_again() {
    let context = span(1, "k=v").with_baggage(members(&[("a", " +%=,;\"\\€\n"), ("b", "")]));
    let json = written(context).unwrap();
    let taken = take(payload("json/plain", json.as_bytes()));
    assert_eq!(taken.parent, Some((TRACE.to_string(), SPAN.to_string())));
    assert_eq!((&*taken.state, taken.unreadable), ("k=v", 0));
    let member = |name: &str, value: &str| (name.to_owned(), value.to_owned(), String::new());
    assert_eq!(
        taken.baggage,
        [member("a", " +%=,;\"\\€\n"), member("b", "")]
    );
}
