//! Which part of an error's message may be shown.
//!
//! Every message that leaves the process passes here: messages of runs, handlers and activities,
//! messages recorded in histories, lines of the core, and introspection. An application's own text
//! is shown, unless the error comes from converting payloads, since such an error quotes what it
//! could not convert. SDK texts are shown only as far as they can hold no payload.

mod conversion;
mod forms;
mod mismatch;

use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
};

pub(crate) use self::mismatch::{Mismatch, mismatch};
use self::{conversion::holds_conversion, forms::kept};

/// The start of a shown value in a text, such as an event of a history.
const SHOWS: &str = " {";

/// Texts before a value that holds no payload: failures, server responses, and system errors.
const PLAIN: [&str; 7] = [
    "ApplicationFailureInfo",
    "Custom",
    "Failure",
    "MetadataMap",
    "Os",
    "Status",
    "headers:",
];

/// Returns the message of an application error, if it may be shown.
pub(crate) fn said(error: &(dyn Error + 'static)) -> Option<String> {
    let said = || {
        let text = error.to_string();
        (recorded(&text) && !holds_conversion(error)).then_some(text)
    };
    // The error's own code runs here, and must not fail a task.
    catch_unwind(AssertUnwindSafe(said)).ok().flatten()
}

/// Returns whether an application's message may be shown when its error is gone.
pub(crate) fn recorded(text: &str) -> bool {
    !text.is_empty() && kept(text).len() == text.len()
}

/// Returns the part of an SDK text that can hold no payload.
pub(crate) fn harmless(text: &str) -> &str {
    let kept = kept(text);
    let shows = kept
        .match_indices(SHOWS)
        .find(|(at, _)| !is_plain(&kept[..*at]));
    shows.map_or(kept, |(at, shows)| &kept[..at + shows.len()])
}

/// Returns whether the text before a value marks it as free of payloads.
fn is_plain(before: &str) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_');
    let name = before.trim_end_matches(is_part_of_name).len();
    PLAIN.contains(&&before[name..])
}
