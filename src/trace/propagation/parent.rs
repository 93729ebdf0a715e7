//! The reader of `traceparent`.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The length of a version 00 header.
pub(super) const LENGTH: usize = 55;

/// Reads the field `traceparent` of [W3C trace context](https://www.w3.org/TR/trace-context/).
///
/// `opentelemetry_sdk`'s own reader accepts ids of any length, a sign in place of a digit and a
/// trailing dash, and costs ten times as much.
pub(super) fn read(text: &[u8], state: TraceState) -> Option<SpanContext> {
    let text = text.trim_ascii();
    let bytes: &[u8; LENGTH] = text.first_chunk()?;
    let version = hex::<2>(bytes, 0)?;
    let is_whole = match text.get(LENGTH) {
        None => true,
        // Later versions may have more.
        Some(more) => version != 0 && *more == b'-',
    };
    let has_dashes = [2, 35, 52].iter().all(|dash| bytes[*dash] == b'-');
    if version == 0xff || !is_whole || !has_dashes {
        return None;
    }
    let trace_id = u128::from(hex::<16>(bytes, 3)?) << 64 | u128::from(hex::<16>(bytes, 19)?);
    let span_id = hex::<16>(bytes, 36)?;
    let flags = u8::try_from(hex::<2>(bytes, 53)?).ok()?;
    let context = SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        // Undefined flags are not handed on.
        TraceFlags::new(flags) & TraceFlags::SAMPLED,
        true,
        state,
    );
    context.is_valid().then_some(context)
}

/// Reads up to sixteen hexadecimal digits in lower case.
fn hex<const DIGITS: usize>(bytes: &[u8; LENGTH], at: usize) -> Option<u64> {
    let digits: &[u8; DIGITS] = bytes.get(at..)?.first_chunk()?;
    let (mut value, mut seen) = (0, 0);
    for digit in digits {
        let digit = VALUES[usize::from(*digit)];
        value = value << 4 | u64::from(digit);
        seen |= digit;
    }
    (seen < NO_DIGIT).then_some(value)
}

const NO_DIGIT: u8 = 0x10;

/// The value of each byte as a digit.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};
