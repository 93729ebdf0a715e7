//! The `_tracer-data` header: byte for byte what the other SDKs write and read, and never a danger.
//!
//! Python's and Rust's headers were seen in histories of a real server, Go's and TypeScript's are
//! read off their sources.

mod fuzz;
mod reading;
mod writing;

use std::collections::HashMap;

use chronoscope::{
    Observability,
    schema::{Field, Operation},
    testing::{execution, unwired::attempt_with},
};
use futures::FutureExt as _;
use opentelemetry::{Context, baggage::BaggageExt as _, trace::TraceContextExt as _};
use temporalio_common::protos::temporal::api::common::v1::Payload;

use crate::support::Spans;

const KEY: &str = "_tracer-data";

/// What an attempt of an activity takes from a header.
#[derive(Debug, Default, PartialEq, Eq)]
struct Taken {
    /// The trace and span that it is a child of, where it is recorded.
    parent: Option<(String, String)>,
    is_sampled: bool,
    state: String,
    /// Name, value and properties of each member.
    baggage: Vec<(String, String, String)>,
    unreadable: u64,
}

fn payload(encoding: &str, data: &[u8]) -> Payload {
    Payload {
        metadata: HashMap::from([("encoding".to_owned(), encoding.as_bytes().to_vec())]),
        data: data.to_vec(),
        ..Default::default()
    }
}

/// Runs an attempt that came with this header.
fn take(header: Payload) -> Taken {
    let ended = Spans::default();
    let observability = Observability::builder()
        .traces(|t| t.processor(ended.clone()))
        .build()
        .unwrap();
    let charge = execution(Operation::RunActivity)
        .field(Field::RunId, "run")
        .field(Field::ActivityId, "1")
        .build();
    let headers = HashMap::from([(KEY.to_owned(), header)]);
    let attempt = attempt_with(&observability, charge, &headers, || async {
        Ok(Context::current())
    });
    let context = attempt.now_or_never().unwrap().unwrap();
    let mut baggage: Vec<_> = context
        .baggage()
        .iter()
        .map(|(name, (value, properties))| {
            let parts = (name.as_str(), value.as_str(), properties.as_str());
            (parts.0.to_owned(), parts.1.to_owned(), parts.2.to_owned())
        })
        .collect();
    baggage.sort();
    let span = context.span().span_context().clone();
    let ended = ended.all();
    Taken {
        parent: ended
            .first()
            .filter(|span| span.parent_span_is_remote)
            .map(|span| {
                let trace = span.span_context.trace_id();
                (trace.to_string(), span.parent_span_id.to_string())
            }),
        is_sampled: span.is_sampled(),
        state: span.trace_state().header(),
        baggage,
        unreadable: observability.health().spans.unreadable_headers,
    }
}
