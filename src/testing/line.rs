//! A captured line, and the layer that captures it.

use std::{collections::BTreeMap, fmt};

use tracing::{
    Event, Level, Subscriber,
    field::{Field as TracingField, Visit},
};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::layer::{Context, Layer};

use super::sink::Sink;
use crate::{
    execution::{Mark, Phase, with_current},
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
    /// Its own fields by name, and then those of the execution (`workflow_id`, `attempt` and so
    /// on), as text.
    pub fields: BTreeMap<String, String>,
    /// Whether workflow code wrote it, which replay repeats.
    pub(super) is_replayable: bool,
}

impl Line {
    /// Returns the value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
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
        let fields = self.fields.iter();
        let said = fields.filter(|(name, _)| !varies.contains(&name.as_str()));
        let said = said.map(|(name, value)| (name.as_str(), value.as_str()));
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
        let ids = with_current(|now| {
            let fields = now.fields().iter();
            let named =
                fields.map(|(field, value)| (field.log_name().to_owned(), value.to_string()));
            named.collect::<Vec<_>>()
        });
        for (name, value) in ids.into_iter().flatten() {
            read.fields.entry(name).or_insert(value);
        }
        let is_replayable = with_current(|now| {
            now.kind() == OperationKind::Workflow && now.replay().phase != Phase::ReadOnly
        });
        sink.line(Line {
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            message: read.message,
            fields: read.fields,
            is_replayable: is_replayable == Some(true),
        });
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
