//! The forms of texts that quote payloads: the one table of other crates' wording.

/// The form of a text.
struct Form {
    /// Parts of the text, in this order.
    parts: &'static [&'static str],
    quotes: Quotes,
}

/// Where a text of this form quotes a payload.
enum Quotes {
    /// Behind its first part.
    Behind,
    /// Before it, or behind.
    Anywhere,
}

use Quotes::{Anywhere, Behind};

/// Conversion errors of the SDK, `serde`, `serde_json` and `prost`, as text and in their `Debug`, and
/// of what other SDKs convert by, whose failures histories hold.
const CONVERSIONS: [Form; 18] = [
    form(&["Encoding error: "], Behind),
    form(&["EncodingError("], Behind),
    form(&["Failed decoding activation: "], Behind),
    form(&["Failed encoding completion: "], Behind),
    form(&["invalid type: ", ", expected "], Behind),
    form(&["invalid value: ", ", expected "], Behind),
    form(&["unknown variant `", "`, "], Behind),
    form(&["unknown field `", "`, "], Behind),
    // A type's own conversion may say anything before that.
    form(&[" at line ", " column "], Anywhere),
    form(&[", line: ", ", column: "], Anywhere),
    form(&["failed to decode Protobuf message: "], Behind),
    // Go's `encoding/json`, and the SDK around it.
    form(&["json: cannot unmarshal "], Behind),
    form(&["invalid character '", "' "], Behind),
    // Java's Jackson.
    form(&["Unrecognized token '"], Behind),
    form(&["; line: ", ", column: "], Anywhere),
    // JavaScript's `JSON`.
    form(&["Unexpected token ", "JSON"], Behind),
    // Python's pydantic, and what Python says of a value that has no number in it.
    form(&["input_value="], Behind),
    form(&["invalid literal for ", ": "], Behind),
];

/// The `Debug` of failures and of server responses.
const FAILURES: [Form; 3] = [
    form(&["details: Some("], Behind),
    form(&["details: b\""], Behind),
    form(&["encoded_attributes: Some("], Behind),
];

const fn form(parts: &'static [&'static str], quotes: Quotes) -> Form {
    Form { parts, quotes }
}

impl Form {
    /// Returns how much of a text of this form may be kept, or `None` if the text has another form.
    fn keeps(&self, text: &str) -> Option<usize> {
        let (mut from, mut first) = (0, None);
        for part in self.parts {
            from += text[from..].find(part)? + part.len();
            first.get_or_insert(from);
        }
        match self.quotes {
            Behind => first,
            Anywhere => Some(0),
        }
    }
}

/// Returns the part of a text that quotes no payload.
pub(super) fn kept(text: &str) -> &str {
    let forms = CONVERSIONS.iter().chain(&FAILURES);
    let ends = forms.filter_map(|form| form.keeps(text));
    ends.min().map_or(text, |end| &text[..end])
}

/// Returns whether a text is or contains a conversion error.
pub(super) fn is_of_conversion(text: &str) -> bool {
    CONVERSIONS.iter().any(|form| form.keeps(text).is_some())
}
