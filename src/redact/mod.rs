//! What of an error may be shown.
//!
//! Every message that leaves the process passes here: of runs, handlers and activities, recorded in
//! histories, in the core's lines and in what introspection says. An application's own words are
//! shown, unless a conversion of payloads has part in the error, since such an error quotes what it
//! could not convert. Of the SDK's own texts as much is shown as can hold no payload.

mod conversion;
mod forms;

use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
};

use self::{conversion::holds_conversion, forms::kept};

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

/// Returns the message of an application's error, if it may be shown.
pub(crate) fn said(error: &(dyn Error + 'static)) -> Option<String> {
    let said = || {
        let text = error.to_string();
        (recorded(&text) && !holds_conversion(error)).then_some(text)
    };
    // The error's own code runs here, and must not fail a task.
    catch_unwind(AssertUnwindSafe(said)).ok().flatten()
}

/// Returns whether the words of an application may be shown whose error is gone.
pub(crate) fn recorded(text: &str) -> bool {
    !text.is_empty() && kept(text).len() == text.len()
}

/// Returns as much of a text of the SDK's as can hold no payload.
pub(crate) fn harmless(text: &str) -> &str {
    let kept = kept(text);
    let shows = kept
        .match_indices(SHOWS)
        .find(|(at, _)| !is_plain(&kept[..*at]));
    shows.map_or(kept, |(at, shows)| &kept[..at + shows.len()])
}

/// Returns whether what stands before a value says that it is a plain one.
fn is_plain(before: &str) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_');
    let name = before.trim_end_matches(is_part_of_name).len();
    PLAIN.contains(&&before[name..])
}
