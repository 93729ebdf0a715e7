//! The header `_tracer-data`, in which all of Temporal's SDKs hand a trace on: W3C trace context and
//! baggage as a JSON object of strings.

mod carrier;
mod header;

use self::carrier::Carrier;
pub(crate) use self::header::Headers;

use opentelemetry::{Context, propagation::TextMapPropagator as _, trace::TraceContextExt as _};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

/// The most that a header may hold. Baggage may take 8,192 bytes, each of which JSON may spell as
/// six.
const MAX_BYTES: usize = 64 * 1024;

/// A header that holds no trace: encoded by somebody's codec, cut off, oversized or malicious.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Writes what is to be handed on, or nothing if there is nothing.
pub(super) fn write(context: &Context) -> Option<Vec<u8>> {
    let mut carrier = Carrier::default();
    TraceContextPropagator::new().inject_context(context, &mut carrier);
    BaggagePropagator::new().inject_context(context, &mut carrier);
    carrier.to_json()
}

/// Reads what was handed on.
pub(super) fn read(json: &[u8]) -> Result<Context, Unreadable> {
    if json.len() > MAX_BYTES {
        return Err(Unreadable);
    }
    let carrier = Carrier::from_json(json).ok_or(Unreadable)?;
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    if carrier.names_a_span() && !context.has_active_span() {
        return Err(Unreadable);
    }
    Ok(BaggagePropagator::new().extract_with_context(&context, &carrier))
}
