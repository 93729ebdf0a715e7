//! The layers, each with what it was given.

mod appender;
mod journald;
mod logfmt;
mod loki;
mod sentry;
mod sink;

use std::collections::BTreeMap;

pub(crate) use self::{
    appender::Appender, journald::Journald, logfmt::Logfmt, loki::Loki, sentry::Sentry,
};

/// The target of the lines that are looked at.
const TARGET: &str = "errands";

/// An event as a layer saw it: its message, and its fields with those of its spans.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) message: String,
    pub(crate) fields: BTreeMap<String, String>,
}

impl Seen {
    /// Makes an event of fields, one of which is the message.
    fn of(mut fields: BTreeMap<String, String>, message: &str) -> Self {
        Self {
            message: fields.remove(message).unwrap_or_default(),
            fields,
        }
    }
}

/// A JSON value as text, without quotes.
fn text(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
