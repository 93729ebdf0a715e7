use tracing::{Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{Context, Layer};

/// What OpenTelemetry says of each export that fails, by the names of its events. The last three show
/// what a collector answered, which may quote what it was sent.
const PER_FAILURE: [&str; 7] = [
    "Export.Failed.NonRetryable",
    "Export.Failed.DeadlineExceeded",
    "Export.Failed.Exhausted",
    "Export.InProgress.Throttled",
    "TonicTracesClient.ExportFailed",
    "TonicMetricsClient.ExportFailed",
    "HttpClient.StatusError",
];

/// Leaves out what OpenTelemetry says of each export that fails: we say when it begins and ends.
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
