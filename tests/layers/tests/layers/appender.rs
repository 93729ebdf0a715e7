//! OpenTelemetry's own appender, into memory.

use opentelemetry::logs::AnyValue;
use opentelemetry_appender_tracing::layer::{OpenTelemetryTracingBridge, TracingSpanAttributes};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use super::{Seen, TARGET};

pub(crate) struct Appender {
    provider: SdkLoggerProvider,
    exporter: InMemoryLogExporter,
}

impl Appender {
    pub(crate) fn new() -> Self {
        let exporter = InMemoryLogExporter::default();
        let provider = SdkLoggerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        Self { provider, exporter }
    }

    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        OpenTelemetryTracingBridge::builder(&self.provider)
            .with_tracing_span_attributes(TracingSpanAttributes::all())
            .build()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        let logs = self.exporter.get_emitted_logs().unwrap();
        let records = logs.iter().map(|log| &log.record);
        let own = records.filter(|record| record.target().is_some_and(|target| target == TARGET));
        own.map(|record| {
            let attributes = record.attributes_iter();
            let seen = Seen {
                message: text(record.body().unwrap()),
                fields: attributes
                    .map(|(key, value)| (key.to_string(), text(value)))
                    .collect(),
            };
            // The record's own trace context is that of the innermost span.
            let trace = record.trace_context().unwrap().trace_id.to_string();
            assert_eq!(seen.fields.get("trace_id"), Some(&trace));
            seen
        })
        .collect()
    }
}

fn text(value: &AnyValue) -> String {
    match value {
        AnyValue::String(text) => text.to_string(),
        AnyValue::Int(number) => number.to_string(),
        AnyValue::Boolean(flag) => flag.to_string(),
        other => format!("{other:?}"),
    }
}
