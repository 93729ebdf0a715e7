//! Hides payloads in the SDK's events.

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

/// Passes on an SDK event that prints what may be a payload, with that hidden. Returns whether it did.
pub(super) fn hidden(event: &Event<'_>, next: impl FnOnce(&Event<'_>)) -> bool {
    if !is_of_the_sdk(event.metadata()) {
        return false;
    }
    let mut seen = Seen::default();
    event.record(&mut seen);
    let hides = seen.hides;
    if hides {
        seen.hand_on(event, next);
    }
    hides
}

/// The fields of an event, as they may be shown.
#[derive(Default)]
struct Seen {
    fields: Vec<(Field, Shown)>,
    /// Whether a text is not shown, or not wholly.
    hides: bool,
}

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
    fn add(&mut self, field: &Field, shown: Shown) {
        self.fields.push((field.clone(), shown));
    }

    /// Returns the part of a text that can hold no payload.
    fn shown(&mut self, field: &Field, text: impl FnOnce() -> String) -> String {
        if is_harmless(field.name()) {
            return text();
        }
        if !EXPLAINING.contains(&field.name()) {
            self.hides = true;
            return "…".to_owned();
        }
        let mut text = text();
        let end = harmless(&text).len();
        if end < text.len() {
            self.hides = true;
            text.truncate(end);
            text.push('…');
        }
        text
    }

    /// Passes on an event with these fields instead of its own.
    fn hand_on<T>(&self, event: &Event<'_>, next: impl FnOnce(&Event<'_>) -> T) -> T {
        let metadata = event.metadata();
        let Some((first, _)) = self.fields.first() else {
            return next(event);
        };
        // An absent field has no value.
        let mut values: [(&Field, Option<&dyn Value>); MOST_FIELDS] = [(first, None); MOST_FIELDS];
        for (place, (field, shown)) in values.iter_mut().zip(&self.fields) {
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
        let text = self.shown(field, || format!("{value:?}"));
        self.add(field, Shown::Text(debug(Text(text))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = self.shown(field, || value.to_owned());
        self.add(field, Shown::Quoted(text));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Shown::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Shown::Unsigned(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, Shown::Float(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Shown::Flag(value));
    }
}
