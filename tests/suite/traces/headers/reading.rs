//! Headers of the other SDKs, and damaged ones.

use super::{Taken, payload, take};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn text(json: &str) -> String {
    json.replace("T-S", &format!("{TRACE}-{SPAN}"))
}

/// A child of the span in the header, recorded.
fn child() -> Taken {
    Taken {
        parent: Some((TRACE.to_owned(), SPAN.to_owned())),
        is_sampled: true,
        ..Taken::default()
    }
}

/// The root of a trace of its own.
fn root() -> Taken {
    Taken {
        is_sampled: true,
        ..Taken::default()
    }
}

impl Taken {
    fn state(self, state: &str) -> Self {
        Self {
            state: state.to_owned(),
            ..self
        }
    }

    fn with(mut self, name: &str, value: &str, properties: &str) -> Self {
        let member = [name, value, properties].map(str::to_owned);
        let [name, value, properties] = member;
        self.baggage.push((name, value, properties));
        self
    }

    fn unreadable(self) -> Self {
        Self {
            unreadable: 1,
            ..self
        }
    }
}

fn check(headers: &[(&str, Taken)]) {
    for (json, expected) in headers {
        let taken = take(payload("json/plain", text(json).as_bytes()));
        assert_eq!(taken, *expected, "{json}");
    }
}

#[test]
fn what_each_sdk_writes_is_read() {
    check(&[
        // Python: a trace that it starts has the flag 02 as well. Its JSON is ASCII, and its
        // baggage quoted as forms are; what the specification says of a `+` is that it is one.
        (r#"{"traceparent":"00-T-S-03"}"#, child()),
        (
            r#"{"baggage":"tenant=acme,who=a+b%2Bc%E2%82%AC","traceparent":"00-T-S-03"}"#,
            child().with("tenant", "acme", "").with("who", "a+b+c€", ""),
        ),
        (
            r#"{"traceparent":"00-T-S-03","tracestate":"k=v"}"#,
            child().state("k=v"),
        ),
        // Go escapes `<`, `>` and `&` in JSON, and leaves `=` in baggage alone.
        (r#"{"traceparent":"00-T-S-01"}"#, child()),
        (
            r#"{"baggage":"q=a=b\u0026c\u003cd;p=1;q","traceparent":"00-T-S-01"}"#,
            child().with("q", "a=b&c<d", "p=1;q"),
        ),
        // TypeScript: other orders, and an object where there is nothing to say.
        (
            r#"{"traceparent":"00-T-S-01","tracestate":"a=1,b=2","baggage":"tenant=acme%20%26%20co"}"#,
            child().state("a=1,b=2").with("tenant", "acme & co", ""),
        ),
        ("{}", root()),
        // The SDK's own plugin writes a trace state where there is none.
        (r#"{"tracestate":"","traceparent":"00-T-S-01"}"#, child()),
        // Spaces, later versions, and fields that others may add.
        (
            "{ \"x\": [1, {\"y\": null}],\n \"traceparent\": \" 00-T-S-01 \", \"n\": 1.5e3 }",
            child(),
        ),
        (
            r#"{"traceparent":"cc-T-S-01-what-the-future-brings"}"#,
            child(),
        ),
    ]);
}

#[test]
fn the_callers_decision_stands() {
    let unsampled = Taken::default;
    check(&[
        (r#"{"traceparent":"00-T-S-00"}"#, unsampled()),
        (r#"{"traceparent":"00-T-S-02"}"#, unsampled()),
        (
            r#"{"traceparent":"00-T-S-00","baggage":"a=b"}"#,
            unsampled().with("a", "b", ""),
        ),
    ]);
}

#[test]
fn baggage_comes_without_a_parent() {
    let many: Vec<_> = (0..65).map(|n| format!("k{n:02}=v")).collect();
    let many = format!(r#"{{"baggage":"{}"}}"#, many.join(","));
    let sixty_four = (0..64).fold(root(), |taken, n| taken.with(&format!("k{n:02}"), "v", ""));
    check(&[
        (r#"{"baggage":"a=1, b = 2 ; p = q ,c="}"#, {
            root()
                .with("a", "1", "")
                .with("b", "2", "p = q")
                .with("c", "", "")
        }),
        (
            r#"{"baggage":"a=1","traceparent":""}"#,
            root().with("a", "1", ""),
        ),
        // Members that are none are left out.
        (
            r#"{"baggage":"a=%ff,,b,=c,d e=f,g=%zz"}"#,
            root().with("g", "%zz", ""),
        ),
        (&many, sixty_four),
    ]);
}

#[test]
fn what_is_bad_is_left_out_and_counted() {
    let long = format!(
        r#"{{"traceparent":"00-T-S-01","baggage":"a={}"}}"#,
        "b".repeat(8191)
    );
    let huge = format!(
        r#"{{"traceparent":"00-T-S-01","x":"{}"}}"#,
        "x".repeat(64 * 1024)
    );
    let deep = format!(
        r#"{{"traceparent":"00-T-S-01","x":{}1{}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    let parents = [
        "00",
        "00-T-S",
        "00-T-S-1",
        "00-T-S-01-",
        "00-T-S-01-02",
        "ff-T-S-01",
        "0-T-S-01",
        "+0-T-S-01",
        "00-T-S-0G",
        "00-T-S-0A",
        "00-1-1-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319€-b7ad6b7169203331-01",
    ];
    for parent in parents {
        let json = format!(r#"{{"baggage":"a=b","traceparent":"{parent}","tracestate":"k=v"}}"#);
        check(&[(&json, root().with("a", "b", "").unreadable())]);
    }
    check(&[
        ("", root().unreadable()),
        ("null", root().unreadable()),
        ("[]", root().unreadable()),
        (r#""00-T-S-01""#, root().unreadable()),
        (r#"{"traceparent":"00-T-S-01""#, root().unreadable()),
        (r#"{"traceparent":"00-T-S-01"}}"#, root().unreadable()),
        (r#"{"traceparent":["00-T-S-01"]}"#, root().unreadable()),
        (
            r#"{"traceparent":"00-T-S-01","baggage":1}"#,
            child().unreadable(),
        ),
        (
            r#"{"traceparent":"00-T-S-01","tracestate":{}}"#,
            child().unreadable(),
        ),
        (&long, child().unreadable()),
        (&huge, root().unreadable()),
        (&deep, root().unreadable()),
        // A bad trace state is none: that much the specification says.
        (
            r#"{"traceparent":"00-T-S-01","tracestate":"no pairs"}"#,
            child(),
        ),
    ]);
}

#[test]
fn what_a_codec_encoded_is_left_alone_and_counted() {
    let json = text(r#"{"traceparent":"00-T-S-01"}"#);
    for encoding in ["binary/encrypted", "binary/plain", "json/protobuf", ""] {
        let taken = take(payload(encoding, json.as_bytes()));
        assert_eq!(taken, root().unreadable(), "{encoding}");
    }
    let bare = take(super::Payload {
        data: json.into_bytes(),
        ..Default::default()
    });
    assert_eq!(bare, root().unreadable());
}
