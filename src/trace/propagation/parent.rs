use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// Where the parts of a version 00 stand, and how long all of it is.
const TRACE_ID: std::ops::Range<usize> = 3..35;
const SPAN_ID: std::ops::Range<usize> = 36..52;
const FLAGS: std::ops::Range<usize> = 53..55;
pub(super) const LENGTH: usize = 55;

/// Reads the field `traceparent` of [W3C trace context](https://www.w3.org/TR/trace-context/).
///
/// `opentelemetry_sdk`'s own reader takes ids of any length, a sign for a digit and a dash at the
/// end, and costs ten times as much.
pub(super) fn read(text: &[u8], state: TraceState) -> Option<SpanContext> {
    let bytes = text.trim_ascii();
    let version = hex(bytes.get(..2)?)?;
    let is_whole = match bytes.get(LENGTH) {
        None => bytes.len() == LENGTH,
        // Later versions may have more.
        Some(more) => version != 0 && *more == b'-',
    };
    let has_dashes = [2, 35, 52]
        .iter()
        .all(|dash| bytes.get(*dash) == Some(&b'-'));
    if version == 0xff || !is_whole || !has_dashes {
        return None;
    }
    let (high, low) = bytes[TRACE_ID].split_at(16);
    let trace_id = u128::from(hex(high)?) << 64 | u128::from(hex(low)?);
    let flags = u8::try_from(hex(&bytes[FLAGS])?).ok()?;
    let context = SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(hex(&bytes[SPAN_ID])?),
        // Those that nobody has defined are nobody's to hand on.
        TraceFlags::new(flags) & TraceFlags::SAMPLED,
        true,
        state,
    );
    context.is_valid().then_some(context)
}

/// Reads up to sixteen digits, all in lower case.
fn hex(digits: &[u8]) -> Option<u64> {
    let (mut value, mut seen) = (0, 0);
    for digit in digits {
        let digit = DIGITS[usize::from(*digit)];
        value = value << 4 | u64::from(digit);
        seen |= digit;
    }
    (seen < NO_DIGIT).then_some(value)
}

const NO_DIGIT: u8 = 0x10;

/// What each byte stands for.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    digits
};
