//! Hides payloads in the SDK's lines.

use std::fmt;

use tracing::{
    Event,
    field::{DebugValue, Field, Value, Visit, debug},
};

use super::callsites::{is_harmless, is_of_the_sdk};
use crate::redact::harmless;

/// The most fields of an event: `tracing` takes them as an array.
const MOST_FIELDS: usize = 32;

/// SDK fields with error texts, a part of which may be a payload.
const EXPLAINING: [&str; 5] = ["details", "error", "failure", "message", "reason"];

/// Passes on an SDK event with its payloads hidden, and any other event unchanged.
pub(super) fn without_payloads<T>(event: &Event<'_>, next: impl FnOnce(&Event<'_>) -> T) -> T {
    if !is_of_the_sdk(event.metadata()) {
        return next(event);
    }
    let mut seen = Seen::default();
    event.record(&mut seen);
    seen.hand_on(event, next)
}

/// The fields of an event, as they may be shown.
#[derive(Default)]
struct Seen(Vec<(Field, Shown)>);

enum Shown {
    Text(DebugValue<Text>),
    Quoted(String),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Flag(bool),
}

/// Text that shows itself without quotes.
struct Text(String);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Shown {
    fn value(&self) -> &dyn Value {
        match self {
            Self::Text(text) => text,
            Self::Quoted(text) => text,
            Self::Signed(number) => number,
            Self::Unsigned(number) => number,
            Self::Float(number) => number,
            Self::Flag(flag) => flag,
        }
    }
}

impl Seen {
    /// Passes on an event with these fields instead of its own.
    fn hand_on<T>(&self, event: &Event<'_>, next: impl FnOnce(&Event<'_>) -> T) -> T {
        let metadata = event.metadata();
        let Some((first, _)) = self.0.first() else {
            return next(event);
        };
        // An absent field has no value.
        let mut values: [(&Field, Option<&dyn Value>); MOST_FIELDS] = [(first, None); MOST_FIELDS];
        for (place, (field, shown)) in values.iter_mut().zip(&self.0) {
            *place = (field, Some(shown.value()));
        }
        let values = metadata.fields().value_set(&values);
        let hidden = match event.parent() {
            Some(parent) => Event::new_child_of(parent.clone(), metadata, &values),
            None => Event::new(metadata, &values),
        };
        next(&hidden)
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = shown(field.name(), || format!("{value:?}"));
        self.0.push((field.clone(), Shown::Text(debug(Text(text)))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = shown(field.name(), || value.to_owned());
        self.0.push((field.clone(), Shown::Quoted(text)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.clone(), Shown::Signed(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.clone(), Shown::Unsigned(value)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.clone(), Shown::Float(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.clone(), Shown::Flag(value)));
    }
}

/// Returns the part of a text that can hold no payload.
fn shown(field: &str, text: impl FnOnce() -> String) -> String {
    if is_harmless(field) {
        return text();
    }
    if !EXPLAINING.contains(&field) {
        return "…".to_owned();
    }
    let mut text = text();
    let end = harmless(&text).len();
    if end < text.len() {
        text.truncate(end);
        text.push('…');
    }
    text
}
