//! The `tracing` layer that turns events into log records.

use std::sync::Arc;

use opentelemetry::Context as Telemetry;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    layer::{Context, Layer},
    registry::LookupSpan,
};

use super::draft::{DraftLogger, DraftProvider};
use crate::{export::ExportThread, logs::hide::without_payloads, schema::Library};

/// Turns events into log records, without payloads of the SDK's.
///
/// What the exporters say for themselves is left out, since each export would cause another: the
/// lines of OpenTelemetry's crates, and every line of a thread that exports.
pub(super) struct Bridge {
    inner: OpenTelemetryTracingBridge<DraftProvider, DraftLogger>,
    /// Keeps the exporters' thread alive as long as there are records.
    _thread: Arc<ExportThread>,
}

impl Bridge {
    pub(super) fn new(provider: &DraftProvider, thread: Arc<ExportThread>) -> Self {
        Self {
            inner: OpenTelemetryTracingBridge::new(provider),
            _thread: thread,
        }
    }
}

impl<S> Layer<S> for Bridge
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if Library::of(event.metadata().target()) == Some(Library::OpenTelemetry)
            || Telemetry::is_current_telemetry_suppressed()
        {
            return;
        }
        without_payloads(event, |event| self.inner.on_event(event, context));
    }
}
