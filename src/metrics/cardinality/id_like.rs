//! Recognises label values that look like ids.

/// The length of a run of digits that looks like an id: order numbers and times, not versions.
const DIGITS: usize = 8;

/// The length of a run of hexadecimal digits, some of them decimal, that looks like a hash or a
/// UUID.
const HEX_DIGITS: usize = 16;

/// The groups of a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// Returns whether a text looks like an id with unboundedly many values.
pub(super) fn is_id_like(text: &str) -> bool {
    longest(text, |byte| byte.is_ascii_digit()) >= DIGITS || has_hash(text) || has_uuid(text)
}

fn longest(text: &str, matches: fn(&u8) -> bool) -> usize {
    let runs = text.as_bytes().split(|byte| !matches(byte));
    runs.map(<[u8]>::len).max().unwrap_or_default()
}

fn has_hash(text: &str) -> bool {
    text.as_bytes()
        .split(|byte| !byte.is_ascii_hexdigit())
        .any(|run| run.len() >= HEX_DIGITS && run.iter().any(u8::is_ascii_digit))
}

fn has_uuid(text: &str) -> bool {
    text.as_bytes()
        .split(|byte| !byte.is_ascii_hexdigit() && *byte != b'-')
        .any(|run| {
            let groups: Vec<_> = run.split(|byte| *byte == b'-').map(<[u8]>::len).collect();
            groups.windows(UUID.len()).any(|window| window == UUID)
        })
}
