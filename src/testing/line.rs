//! A captured line, and the layer that captures it.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;
use tracing::{
    Event, Level, Subscriber,
    field::{Field as TracingField, Visit},
};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::layer::{Context, Layer};

use super::{held::emit, sink::Sink};
use crate::{
    commit::is_doubt,
    execution::{Mark, Phase, with_current},
    logs::{added_now, is_place},
    schema::{Field, OperationKind},
};

/// An emitted line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Its level.
    pub level: Level,
    /// Its target: by default the module that wrote it.
    pub target: String,
    /// Its message.
    pub message: String,
    /// Its own fields by name, as text.
    pub fields: BTreeMap<String, String>,
    /// The fields that it got from the execution and the span (`workflow_id`, `attempt`, `trace_id`,
    /// mirrored search attributes and so on), as text.
    pub added: BTreeMap<String, String>,
    /// Whether workflow code wrote it, which replay repeats.
    pub(super) is_replayable: bool,
}

impl Line {
    /// Returns the value of a field: of its own, or else of an added one.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.get(name).or_else(|| self.added.get(name));
        field.map(String::as_str)
    }

    pub(super) fn run_id(&self) -> Option<&str> {
        self.field(Field::RunId.log_name())
    }

    /// Returns the identity of the line within its run, independent of the worker.
    pub(super) fn said(&self) -> (Level, &str, &str, Vec<(&str, &str)>) {
        let varies = [
            Field::Namespace.log_name(),
            Field::TaskQueue.log_name(),
            Field::WorkflowId.log_name(),
        ];
        let added = self.added.iter();
        let is_said = |name: &str| !varies.contains(&name) && !is_place(name) && !is_doubt(name);
        let added = added.filter(|(name, _)| is_said(name));
        let said = self
            .fields
            .iter()
            .chain(added)
            .map(|(name, value)| (name.as_str(), value.as_str()));
        (self.level, &self.target, &self.message, said.collect())
    }
}

/// Captures lines for the captures that observe the current execution.
#[derive(Debug)]
pub(super) struct CaptureLines;

impl<S: Subscriber> Layer<S> for CaptureLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(sink) = Mark::current::<Sink>() else {
            return;
        };
        let mut read = Read::default();
        event.record(&mut read);
        // A `log` record has its origin in fields.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        if normalized.is_some() {
            read.fields.retain(|name, _| !name.starts_with("log."));
        }
        let added = added_now(event.metadata()).into_iter();
        let added = added.map(|(name, value)| match value {
            Value::String(text) => (name, text),
            value => (name, value.to_string()),
        });
        let is_replayable = with_current(|now| {
            now.kind() == OperationKind::Workflow && now.replay().phase != Phase::ReadOnly
        });
        let line = Line {
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            message: read.message,
            fields: read.fields,
            added: added.collect(),
            is_replayable: is_replayable == Some(true),
        };
        emit(&sink, line);
    }
}

/// The fields of an event, as text.
#[derive(Default)]
struct Read {
    message: String,
    fields: BTreeMap<String, String>,
}

impl Read {
    fn add(&mut self, field: &TracingField, value: String) {
        match field.name() {
            "message" => self.message = value,
            name => drop(self.fields.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Read {
    fn record_str(&mut self, field: &TracingField, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &TracingField, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}
