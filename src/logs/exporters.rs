//! The filter that leaves out OpenTelemetry's own lines about failed exports.

use tracing::{Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{Context, Layer};

/// OpenTelemetry's events about failed exports, by name. The last four show a collector's
/// response, which may quote the request.
const PER_FAILURE: [&str; 8] = [
    "Export.Failed.NonRetryable",
    "Export.Failed.DeadlineExceeded",
    "Export.Failed.Exhausted",
    "Export.InProgress.Throttled",
    "TonicTracesClient.ExportFailed",
    "TonicMetricsClient.ExportFailed",
    "TonicLogsClient.ExportFailed",
    "HttpClient.StatusError",
];

/// Leaves out OpenTelemetry's events about each failed export: chronoscope logs when failures begin
/// and end.
pub(super) struct WithoutExporters;

fn is_left_out(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("opentelemetry") && PER_FAILURE.contains(&metadata.name())
}

impl<S: Subscriber> Layer<S> for WithoutExporters {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match is_left_out(metadata) {
            true => Interest::never(),
            false => Interest::always(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        !is_left_out(metadata)
    }
}
