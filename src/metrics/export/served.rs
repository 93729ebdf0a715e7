//! The recorder behind the Prometheus endpoint.

use std::{borrow::Cow, sync::Arc};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit,
};
use metrics_exporter_prometheus::PrometheusRecorder;

use crate::export::ExportThread;

/// The exporter's recorder. Every recorder keeps the endpoint alive.
pub(crate) struct Served {
    recorder: PrometheusRecorder,
    _thread: Arc<ExportThread>,
}

impl Served {
    pub(super) fn new(recorder: PrometheusRecorder, thread: Arc<ExportThread>) -> Self {
        Self {
            recorder,
            _thread: thread,
        }
    }
}

/// Returns a text of which the exporter makes what it says: it takes two backslashes for one, and
/// one before a quote for none, so that texts become the same that are not.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    match text.contains('\\') {
        true => Cow::Owned(text.replace('\\', r"\\")),
        false => Cow::Borrowed(text),
    }
}

/// Returns the key with its labels escaped, if one must be.
fn escaped_key(key: &Key) -> Cow<'_, Key> {
    if !key.labels().any(|label| label.value().contains('\\')) {
        return Cow::Borrowed(key);
    }
    let labels = key.labels().map(|label| {
        let value = escaped(label.value()).into_owned();
        Label::new(label.key().to_owned(), value)
    });
    Cow::Owned(Key::from_parts(
        key.name().to_owned(),
        labels.collect::<Vec<_>>(),
    ))
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
        self.recorder.register_counter(&escaped_key(key), metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.recorder.register_gauge(&escaped_key(key), metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.recorder
            .register_histogram(&escaped_key(key), metadata)
    }
}
