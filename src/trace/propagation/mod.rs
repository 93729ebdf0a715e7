//! The header `_tracer-data`, in which all of Temporal's SDKs hand a trace on: W3C trace context
//! and baggage as a JSON object of strings.

mod baggage;
mod carrier;
mod header;
mod parent;

use self::carrier::{BAGGAGE, Carrier, EDGE, Fields};
pub(crate) use self::header::Headers;
use super::Edge;

use opentelemetry::{
    Context,
    baggage::BaggageExt as _,
    propagation::{Injector as _, TextMapPropagator as _},
    trace::{SpanContext, TraceContextExt as _, TraceState},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// The largest accepted header in bytes. Baggage may take 8,192 bytes, and JSON may write each as
/// six.
const MAX_BYTES: usize = 64 * 1024;

/// The content of a received header.
#[derive(Debug)]
pub(super) struct Received {
    /// The span that calls, if there is one.
    pub(super) parent: SpanContext,
    /// The context with the baggage.
    pub(super) baggage: Context,
    /// The edge that the sender named: it holds for every run that the server gives the header to.
    pub(super) edge: Option<Edge>,
    /// Whether a part of it could not be read: encoded by a codec, truncated, oversized or
    /// malicious.
    pub(super) is_partial: bool,
}

impl Received {
    /// The content of a missing header.
    pub(super) fn nothing() -> Self {
        Self {
            parent: SpanContext::NONE,
            baggage: Context::new(),
            edge: None,
            is_partial: false,
        }
    }

    /// Returns the content as one context.
    pub(super) fn into_context(self) -> Context {
        match self.parent.is_valid() {
            true => self.baggage.with_remote_span_context(self.parent),
            false => self.baggage,
        }
    }
}

/// The name of an edge that the receiver can't know by itself.
const CONTINUE_AS_NEW: &str = "continue-as-new";

/// Writes a context and an edge, or returns `None` if there is nothing to write.
pub(super) fn write(context: &Context, edge: Option<Edge>) -> Option<Vec<u8>> {
    let mut carrier = Carrier::default();
    TraceContextPropagator::new().inject_context(context, &mut carrier);
    carrier.set(BAGGAGE, baggage::write(context.baggage()));
    if edge == Some(Edge::ContinueAsNew) {
        carrier.set(EDGE, CONTINUE_AS_NEW.to_owned());
    }
    carrier.to_json()
}

/// Reads the JSON of a header.
pub(super) fn read(json: &[u8]) -> Received {
    let mut received = Received::nothing();
    // Nearly every header holds only a parent. Reading it as JSON costs five times as much.
    if let Some(parent) = lone_parent(json)
        && let Some(parent) = parent::read(parent, TraceState::NONE)
    {
        received.parent = parent;
        return received;
    }
    let fields = match json.len() {
        0..=MAX_BYTES => Fields::from_json(json),
        _ => None,
    };
    let Some(fields) = fields else {
        received.is_partial = true;
        return received;
    };
    received.is_partial = fields.has_others();
    let [parent, state, baggage, edge] = fields.texts();
    received.edge = (edge == Some(CONTINUE_AS_NEW)).then_some(Edge::ContinueAsNew);
    if let Some(parent) = parent {
        let state = state.and_then(|state| state.parse().ok());
        match parent::read(parent.as_bytes(), state.unwrap_or_default()) {
            Some(parent) => received.parent = parent,
            None => received.is_partial = true,
        }
    }
    if let Some(text) = baggage {
        match baggage::read(text) {
            Some(baggage) => received.baggage = received.baggage.with_baggage(baggage),
            None => received.is_partial = true,
        }
    }
    received
}

/// Returns the text of an object's only field, if that is a parent in the form that chronoscope
/// writes.
fn lone_parent(json: &[u8]) -> Option<&[u8]> {
    let text = json.strip_prefix(br#"{"traceparent":""#)?;
    let text = text.strip_suffix(br#""}"#)?;
    (text.len() == parent::LENGTH).then_some(text)
}
