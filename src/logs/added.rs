//! The fields that are added to a line: those of the current execution and span.

use std::borrow::Cow;

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt as _},
};

use tracing::Metadata;

use super::{
    Layout,
    suffix::{LINE, MAYBE_REPEATED, REPLAYING, SPAN_ID, Style, TASK, TRACE_ID, is_field, place},
};
use crate::{
    execution::{Execution, Line, Phase, Value, current, current_replay, emitting},
    schema::Field,
};

/// The keys of a JSON line that no added field may have: those of `tracing-subscriber`'s format,
/// and of the flat one.
const KEYS: [&str; 11] = [
    "timestamp",
    "level",
    "message",
    "fields",
    "target",
    "filename",
    "line_number",
    "span",
    "spans",
    "threadName",
    "threadId",
];

/// Returns a name that is free, with the prefix in front as often as it takes.
pub(super) fn free(
    name: &'static str,
    prefix: &str,
    is_taken: impl Fn(&str) -> bool,
) -> Cow<'static, str> {
    let mut name = Cow::Borrowed(name);
    while is_taken(&name) {
        name = Cow::Owned(format!("{prefix}{name}"));
    }
    name
}

/// The fields that are added to a line that is written now.
pub(super) struct Added {
    execution: Option<Execution>,
    span: SpanContext,
    /// The line's place in its run.
    line: Option<Line>,
    /// Search attributes, under the user's names.
    mirrored: Vec<(&'static str, serde_json::Value)>,
}

impl Added {
    /// Returns those of the current execution and span, for an event with this metadata.
    pub(super) fn now(metadata: &'static Metadata<'static>) -> Self {
        let execution = current();
        let mirror = execution.as_ref().and_then(|now| now.info().mirror());
        Self {
            mirrored: mirror.map_or_else(Vec::new, |mirror| mirror.fields()),
            line: emitting(Some(metadata)).filter(|_| current_replay().notes()),
            span: Context::map_current(|now| now.span().span_context().clone()),
            execution,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.execution.is_none() && !self.span.is_valid()
    }

    /// Returns whether a field of this name is added.
    pub(super) fn has(&self, name: &str) -> bool {
        let execution = self.execution.as_ref();
        match name {
            TRACE_ID | SPAN_ID => self.span.is_valid(),
            TASK | LINE => self.line.is_some(),
            _ if name == MAYBE_REPEATED.0 => self.line.is_some_and(|line| line.may_repeat),
            _ if name == REPLAYING.0 => execution.is_some_and(is_replaying),
            _ if is_field(name) => execution.is_some_and(|now| {
                let mut fields = now.fields().iter();
                fields.any(|(field, _)| field.log_name() == name)
            }),
            _ => {
                let mut mirrored = self.mirrored.iter();
                mirrored.any(|(known, _)| mirrored_as(known) == name)
            }
        }
    }

    /// Appends the fields, except those whose name is taken.
    pub(super) fn write(&self, out: &mut String, style: Style, taken: impl Fn(&str) -> bool) {
        if let Some(execution) = &self.execution {
            if Field::ALL.iter().any(|field| taken(field.log_name())) {
                out.push_str(&style.render(execution.fields(), &taken));
            } else {
                style.all(out, execution.info().fields());
            }
            self.write_mirrored(out, style, &taken);
            if is_replaying(execution) && !taken(REPLAYING.0) {
                style.entry(out, REPLAYING.0, &REPLAYING.1);
            }
        }
        for (name, value) in self.line.iter().flat_map(place) {
            if !taken(name) {
                style.entry(out, name, &value);
            }
        }
        if self.span.is_valid() {
            for (name, id) in [
                (TRACE_ID, self.span.trace_id().to_string()),
                (SPAN_ID, self.span.span_id().to_string()),
            ] {
                if !taken(name) {
                    style.entry(out, name, &Value::Text(id.into()));
                }
            }
        }
    }

    fn write_mirrored(&self, out: &mut String, style: Style, taken: impl Fn(&str) -> bool) {
        for (name, value) in &self.mirrored {
            let name = match style.layout {
                Layout::Json => mirrored_as(name),
                _ => Cow::Borrowed(*name),
            };
            if !is_field(&name) && !taken(&name) {
                style.named_by_user(out, &name, value);
            }
        }
    }
}

/// Returns the fields that are added to a line that is written now.
#[cfg(feature = "testing")]
pub(crate) fn added_now(
    metadata: &'static Metadata<'static>,
) -> serde_json::Map<String, serde_json::Value> {
    let mut fields = String::new();
    let style = Style {
        layout: Layout::Json,
        ansi: false,
    };
    Added::now(metadata).write(&mut fields, style, |_| false);
    let fields = format!("{{{}}}", fields.trim_start_matches(','));
    serde_json::from_str(&fields).unwrap_or_default()
}

fn is_replaying(execution: &Execution) -> bool {
    execution.replay().phase == Phase::Replaying
}

/// Returns the key of a search attribute in a JSON line.
fn mirrored_as(name: &'static str) -> Cow<'static, str> {
    free(name, "search_attributes.", |name| KEYS.contains(&name))
}
