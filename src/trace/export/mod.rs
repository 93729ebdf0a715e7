//! The way of spans to an OpenTelemetry collector: a bounded queue, a thread that empties it, and
//! an account of each span.

mod batch;
mod counted;

use opentelemetry_otlp::{ExporterBuildError, SpanExporter};

use self::{batch::Batch, counted::Counted};
use super::{Workers, counts::Counts};
use crate::export::{Collector, ExportThread, OtlpError};

/// Starts to send to a collector, and returns the processor of what is sent.
pub(super) fn start(
    collector: &Collector,
    thread: &ExportThread,
    workers: &Workers,
    counts: &Counts,
) -> Result<Batch, OtlpError> {
    // The channel's tasks live on the exporters' runtime.
    let entered = thread.enter();
    let exporter = exporter(collector)?;
    drop(entered);
    let exporter = Counted::new(exporter, thread.runtime(), workers.clone(), counts.clone());
    Ok(Batch::new(exporter, counts.clone()))
}

fn exporter(collector: &Collector) -> Result<SpanExporter, OtlpError> {
    let failed = |error: ExporterBuildError| collector.failed(error);
    let exporter = SpanExporter::builder();
    if collector.is_http() {
        let exporter = collector.http(exporter.with_http(), "/v1/traces")?;
        return exporter.build().map_err(failed);
    }
    collector
        .grpc(exporter.with_tonic())
        .build()
        .map_err(failed)
}
