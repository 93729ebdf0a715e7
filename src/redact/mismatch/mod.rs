//! How code left its history: kinds and ids out of the core's message, by the forms that it has.
//!
//! The text itself is never shown, since one of its forms prints whole events.

mod forms;

use self::forms::{FORMS, Form, Part};

/// The most of an id or a name that is kept, in bytes.
const LONGEST: usize = 200;

/// What did not match, as far as the message has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// The form of the message, or `unknown`.
    pub(crate) form: &'static str,
    /// The event of the history.
    pub(crate) event_id: u64,
    /// The kind of that event, such as `TimerStarted`.
    pub(crate) event: String,
    /// The id or type that the history has.
    pub(crate) recorded: String,
    /// The id, type or machine that the code gave.
    pub(crate) given: String,
}

/// Reads what did not match out of a message.
pub(crate) fn mismatch(message: &str) -> Mismatch {
    let unknown = Mismatch {
        form: "unknown",
        ..Mismatch::default()
    };
    FORMS
        .iter()
        .find_map(|form| form.read(message))
        .unwrap_or(unknown)
}

impl Form {
    /// Returns what a message of this form says.
    fn read(&self, message: &str) -> Option<Mismatch> {
        let mut parts = self.1.iter().chain(self.2).peekable();
        let mut found = Mismatch {
            form: self.0,
            ..Mismatch::default()
        };
        let Some(Part::Is(first)) = parts.next() else {
            return None;
        };
        let mut rest = &message[message.find(first)? + first.len()..];
        while let Some(part) = parts.next() {
            if let Part::Is(text) = part {
                rest = rest.strip_prefix(text)?;
                continue;
            }
            let end = match (part, parts.peek()) {
                // A kind is one word, whatever follows it.
                (Part::Event, _) => rest.find(|c: char| !c.is_alphanumeric()),
                (_, Some(Part::Is("")) | None) => None,
                (_, Some(Part::Is(text))) => Some(rest.find(text)?),
                (_, Some(_)) => return None,
            };
            let end = end.unwrap_or(rest.len());
            found.note(part, &rest[..end])?;
            rest = &rest[end..];
        }
        Some(found)
    }
}

impl Mismatch {
    /// Notes a value, if it looks like one of its part.
    fn note(&mut self, part: &Part, value: &str) -> Option<()> {
        let cut = || value[..value.floor_char_boundary(LONGEST)].to_owned();
        match part {
            Part::Is(_) | Part::Skipped => {}
            Part::EventId => self.event_id = value.parse().ok()?,
            Part::Event if value.is_empty() => return None,
            Part::Event => self.event = cut(),
            Part::Recorded => self.recorded = cut(),
            Part::Given => self.given = cut(),
        }
        Some(())
    }
}
