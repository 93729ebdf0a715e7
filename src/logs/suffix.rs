//! Renders the fields of an execution in the style of a format.

use std::{
    cell::RefCell,
    fmt::{self, Write},
    sync::Arc,
};

use super::Layout;
use crate::{
    commit::Marks,
    execution::{Fields, Line, Value},
    schema::Field,
};

/// The style in which the fields of an execution are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) layout: Layout,
    pub(super) ansi: bool,
}

thread_local! {
    /// The fields written last in each style, reused for consecutive lines.
    static WRITTEN: RefCell<[Option<Written>; 5]> = const { RefCell::new([const { None }; 5]) };
}

struct Written {
    fields: Arc<Fields>,
    text: String,
}

impl Style {
    /// Appends all fields of an execution.
    pub(super) fn all(self, out: &mut String, fields: &Arc<Fields>) {
        // Not on a thread that is being torn down.
        let is_done = WRITTEN.try_with(|written| {
            let mut written = written.borrow_mut();
            let last = &mut written[self.index()];
            if !matches!(last, Some(last) if Arc::ptr_eq(&last.fields, fields)) {
                *last = Some(Written {
                    fields: fields.clone(),
                    text: self.render(fields, |_| false),
                });
            }
            out.push_str(last.as_ref().map_or("", |last| &last.text));
        });
        if is_done.is_err() {
            out.push_str(&self.render(fields, |_| false));
        }
    }

    /// Returns the index of this style.
    fn index(self) -> usize {
        match (self.layout, self.ansi) {
            (Layout::Line, false) => 0,
            (Layout::Line, true) => 1,
            (Layout::Pretty, false) => 2,
            (Layout::Pretty, true) => 3,
            (Layout::Json, _) => 4,
        }
    }

    /// Renders all fields except those whose name is taken.
    pub(super) fn render(self, fields: &Fields, taken: impl Fn(&str) -> bool) -> String {
        let mut out = String::new();
        for (field, value) in fields.iter().filter(|(field, _)| !taken(field.log_name())) {
            self.entry(&mut out, field.log_name(), value);
        }
        out
    }

    /// Renders the marks of a line.
    pub(super) fn marks(self, marks: &Marks) -> String {
        let mut out = String::new();
        for (name, value) in marks.fields() {
            self.entry(&mut out, name, &value);
        }
        out
    }

    /// Appends one field, with a separator before it.
    pub(super) fn entry(self, out: &mut String, name: &str, value: &Value) {
        let (italic, dimmed, off) = match self.ansi {
            true => ("\x1b[3m", "\x1b[2m", "\x1b[0m"),
            false => ("", "", ""),
        };
        // Writing to a string can't fail.
        let _ = match self.layout {
            Layout::Line => write!(out, " {italic}{name}{off}{dimmed}={off}{}", Plain(value)),
            Layout::Pretty => {
                let separator = if out.is_empty() { "" } else { ", " };
                write!(out, "{separator}{italic}{name}{off}: {}", Plain(value))
            }
            Layout::Json => write!(out, ",\"{name}\":{}", Escaped(value)),
        };
    }

    /// Appends one field with a user-defined name, which may need escaping as well.
    pub(super) fn named_by_user(self, out: &mut String, name: &str, value: &serde_json::Value) {
        let name = Value::Text(name.into());
        match (self.layout, value.as_str()) {
            (Layout::Json, _) => {
                let _ = write!(out, ",{}:{value}", Escaped(&name));
            }
            (_, Some(text)) => {
                self.entry(out, &Plain(&name).to_string(), &Value::Text(text.into()));
            }
            (_, None) => {
                let json = Value::Text(value.to_string().into());
                self.entry(out, &Plain(&name).to_string(), &json);
            }
        }
    }
}

/// The names that OpenTelemetry gives a span's ids on log lines.
pub(super) const TRACE_ID: &str = "trace_id";
pub(super) const SPAN_ID: &str = "span_id";

/// Marks a replayed line that is emitted.
pub(super) const REPLAYING: (&str, Value) = ("replaying", Value::Flag(true));

/// The names of a line's place in its run: the workflow task, by the id of the event that started the
/// task before, and the line, by its routine and its number there.
pub(super) const TASK: &str = "workflow_task";
pub(super) const LINE: &str = "task_line";

/// Marks a line that another process may have emitted.
pub(super) const MAYBE_REPEATED: (&str, Value) = ("maybe_repeated", Value::Flag(true));

/// Returns the fields of a line's place.
pub(super) fn place(line: &Line) -> impl Iterator<Item = (&'static str, Value)> + use<> {
    let task = u64::try_from(line.task).unwrap_or_default();
    let place = [
        (TASK, Value::Number(task)),
        (LINE, Value::Text(line.to_string().into())),
    ];
    place
        .into_iter()
        .chain(line.may_repeat.then_some(MAYBE_REPEATED))
}

/// Returns whether an added field of this name tells the place of a line, in its run or trace.
pub(crate) fn is_place(name: &str) -> bool {
    [REPLAYING.0, TRACE_ID, SPAN_ID, TASK, LINE, MAYBE_REPEATED.0].contains(&name)
}

/// Returns whether a field that is added to lines has this name.
pub(super) fn is_field(name: &str) -> bool {
    is_place(name) || Field::ALL.iter().any(|field| field.log_name() == name)
}

/// A value as text: quoted where it would otherwise be ambiguous, or could forge a line.
struct Plain<'a>(&'a Value);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_text() {
            Some(text) if !is_plain(text) => write!(f, "{text:?}"),
            _ => self.0.fmt(f),
        }
    }
}

fn is_plain(text: &str) -> bool {
    let needs_quotes =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\' | '=' | ',');
    !text.is_empty() && !text.contains(needs_quotes)
}

/// A value as JSON.
struct Escaped<'a>(&'a Value);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_text() {
            Some(text) => {
                let json = serde_json::to_string(text).map_err(|_| fmt::Error)?;
                f.write_str(&json)
            }
            None => self.0.fmt(f),
        }
    }
}
