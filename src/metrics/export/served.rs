//! The recorder behind the Prometheus endpoint.

use std::{borrow::Cow, sync::Arc};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit,
};
use metrics_exporter_prometheus::PrometheusRecorder;

use crate::{export::ExportThread, metrics::cardinality::names::label_identity};

/// The exporter's recorder. Every recorder keeps the endpoint alive.
pub(crate) struct Served {
    recorder: PrometheusRecorder,
    /// The global labels, by what all spellings of one have in common, as they are served.
    globals: Vec<(String, String)>,
    _thread: Arc<ExportThread>,
}

impl Served {
    pub(super) fn new(
        recorder: PrometheusRecorder,
        globals: Vec<(String, String)>,
        thread: Arc<ExportThread>,
    ) -> Self {
        Self {
            recorder,
            globals,
            _thread: thread,
        }
    }

    /// Returns the key in the form in which the exporter renders it unchanged. A label that is a
    /// global one in another spelling replaces that: the exporter knows labels by their spelling.
    fn key<'a>(&self, key: &'a Key) -> Cow<'a, Key> {
        let is_plain = |label: &Label| !label.value().contains('\\');
        if self.globals.is_empty() && key.labels().all(is_plain) {
            return Cow::Borrowed(key);
        }
        let labels = key.labels().map(|label| {
            let identity = label_identity(label.key());
            let mut globals = self.globals.iter();
            let name = globals.find_map(|(global, name)| (*global == identity).then_some(name));
            let name = name.map_or_else(|| label.key().to_owned(), Clone::clone);
            Label::new(name, escaped(label.value()).into_owned())
        });
        let labels: Vec<_> = labels.collect();
        Cow::Owned(Key::from_parts(key.name().to_owned(), labels))
    }
}

/// Returns a text in the form in which the exporter renders it unchanged: it takes two backslashes
/// for one, and one before a quote for none, so that different texts would become the same.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    match text.contains('\\') {
        true => Cow::Owned(text.replace('\\', r"\\")),
        false => Cow::Borrowed(text),
    }
}

/// Returns a description with its backslashes escaped.
fn described(text: SharedString) -> SharedString {
    match text.contains('\\') {
        true => escaped(&text).into_owned().into(),
        false => text,
    }
}

impl Recorder for Served {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder
            .describe_counter(key, unit, described(description));
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder
            .describe_gauge(key, unit, described(description));
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder
            .describe_histogram(key, unit, described(description));
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.recorder.register_counter(&self.key(key), metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.recorder.register_gauge(&self.key(key), metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.recorder.register_histogram(&self.key(key), metadata)
    }
}
