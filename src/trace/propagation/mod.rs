//! The header `_tracer-data`, in which all of Temporal's SDKs hand a trace on: W3C trace context and
//! baggage as a JSON object of strings.

mod baggage;
mod carrier;
mod header;

use self::carrier::{BAGGAGE, Carrier, PARENT};
pub(crate) use self::header::Headers;

use opentelemetry::{
    Context,
    baggage::BaggageExt as _,
    propagation::{Extractor as _, Injector as _, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// The most that a header may hold. Baggage may take 8,192 bytes, each of which JSON may spell as
/// six.
const MAX_BYTES: usize = 64 * 1024;

/// What a header holds.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) context: Context,
    /// Whether there was more, which could not be read: encoded by somebody's codec, cut off,
    /// oversized or malicious.
    pub(super) is_partial: bool,
}

/// Writes what is to be handed on, or nothing if there is nothing.
pub(super) fn write(context: &Context) -> Option<Vec<u8>> {
    let mut carrier = Carrier::default();
    TraceContextPropagator::new().inject_context(context, &mut carrier);
    carrier.set(BAGGAGE, baggage::write(context.baggage()));
    carrier.to_json()
}

/// Reads what was handed on.
pub(super) fn read(json: &[u8]) -> Received {
    let carrier = match json.len() {
        0..=MAX_BYTES => Carrier::from_json(json),
        _ => None,
    };
    let Some((carrier, is_text)) = carrier else {
        return Received {
            is_partial: true,
            ..Received::default()
        };
    };
    let mut received = Received {
        is_partial: !is_text,
        ..Received::default()
    };
    if let Some(parent) = carrier.get(PARENT) {
        if is_well_formed(parent) {
            let context = &received.context;
            received.context =
                TraceContextPropagator::new().extract_with_context(context, &carrier);
        }
        received.is_partial |= !received.context.has_active_span();
    }
    if let Some(text) = carrier.get(BAGGAGE) {
        match baggage::read(text) {
            Some(baggage) => received.context = received.context.with_baggage(baggage),
            None => received.is_partial = true,
        }
    }
    received
}

/// The propagator takes ids of any length, a sign for a digit, and a dash at the end.
fn is_well_formed(parent: &str) -> bool {
    let mut parts = parent.trim().split('-');
    let is_hex = |part: &str| {
        part.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let has_all = [2, 32, 16, 2].into_iter().all(|digits| {
        let part = parts.next();
        part.is_some_and(|part| part.len() == digits && is_hex(part))
    });
    // Later versions may have more.
    has_all && (parts.next().is_none() || !parent.trim().starts_with("00"))
}
