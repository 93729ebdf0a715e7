//! What of an error's text can hold no payload.

/// Where the part begins that may quote a payload: after what names an error of conversion, and in
/// the `Debug` of a failure or of a server's answer.
const QUOTES: [&str; 7] = [
    "Encoding error: ",
    "EncodingError(",
    "Failed decoding activation: ",
    "Failed encoding completion: ",
    "details: Some(",
    "details: b\"",
    "encoded_attributes: Some(",
];

/// Where a text begins to show a value, such as an event of a history.
const SHOWS: &str = " {";

/// What stands before that where the value's own part holds no payload: failures, answers of a
/// server, and what the system says.
const PLAIN: [&str; 7] = [
    "ApplicationFailureInfo",
    "Custom",
    "Failure",
    "MetadataMap",
    "Os",
    "Status",
    "headers:",
];

/// Returns as much of a text of the SDK's as can hold no payload.
pub(crate) fn harmless(text: &str) -> &str {
    let unquoted = unquoted(text);
    let shows = unquoted
        .match_indices(SHOWS)
        .find(|(at, _)| !is_plain(&unquoted[..*at]));
    shows.map_or(unquoted, |(at, shows)| &unquoted[..at + shows.len()])
}

/// Returns as much of a text as the SDK does not quote a payload in, where the words may be an
/// application's own: what these show, somebody chose to show.
pub(crate) fn unquoted(text: &str) -> &str {
    let quotes = QUOTES
        .iter()
        .filter_map(|quote| Some(text.find(quote)? + quote.len()));
    quotes.min().map_or(text, |end| &text[..end])
}

/// Returns whether what stands before a value says that it is a plain one.
fn is_plain(before: &str) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_');
    let name = before.trim_end_matches(is_part_of_name).len();
    PLAIN.contains(&&before[name..])
}
