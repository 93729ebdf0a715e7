//! W3C baggage, escaped so that every SDK reads the same.
//!
//! `opentelemetry_sdk`'s own propagator writes `%` and `+` unescaped, which others then unescape;
//! cuts values off at their second `=`; turns a property with a comma into a member of its own; and
//! logs baggage that it can't read.

use opentelemetry::baggage::Baggage;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The limits of the specification, which readers enforce.
const MAX_BYTES: usize = 8192;
const MAX_MEMBERS: usize = 64;

/// Characters that are escaped in properties, which are opaque and may already contain escapes.
const PROPERTIES: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b'\\');

/// Characters that are escaped in names and values. Python reads a `+` as a space.
const VALUE: &AsciiSet = &PROPERTIES.add(b';').add(b'=').add(b'%').add(b'+');

/// Writes the members in the order of their names, except those that no reader would accept.
pub(super) fn write(baggage: &Baggage) -> String {
    let mut members: Vec<_> = baggage.iter().collect();
    members.sort_unstable_by_key(|(name, _)| name.as_str());
    let mut text = String::new();
    for (name, (value, properties)) in members {
        let before = text.len();
        if before > 0 {
            text.push(',');
        }
        text.extend(utf8_percent_encode(name.as_str(), VALUE));
        text.push('=');
        text.extend(utf8_percent_encode(value.as_str(), VALUE));
        for property in trimmed(properties.as_str()) {
            text.push(';');
            text.extend(utf8_percent_encode(property, PROPERTIES));
        }
        if text.len() > MAX_BYTES {
            text.truncate(before);
        }
    }
    text
}

/// Reads all readable members, or returns `None` if the text exceeds the limits.
pub(super) fn read(text: &str) -> Option<Baggage> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut baggage = Baggage::new();
    for member in text.split(',').take(MAX_MEMBERS) {
        let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        if let (Some(name), Some(value)) = (unescaped(name), unescaped(value)) {
            let properties = trimmed(properties).collect::<Vec<_>>().join(";");
            baggage.insert_with_metadata(name, value, properties);
        }
    }
    Some(baggage)
}

fn unescaped(text: &str) -> Option<String> {
    let text = percent_decode_str(text.trim()).decode_utf8().ok()?;
    Some(text.into_owned())
}

fn trimmed(properties: &str) -> impl Iterator<Item = &str> {
    let properties = properties.split(';').map(str::trim);
    properties.filter(|property| !property.is_empty())
}
