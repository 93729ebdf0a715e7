use opentelemetry_otlp::{ExporterBuildError, SpanExporter};

use super::counted::Counted;
use crate::{
    export::{Collector, ExportThread, OtlpError},
    trace::{Workers, counts::Counts},
};

/// What sends to one collector, and what became of the spans for it.
#[derive(Debug)]
pub(crate) struct Exporter {
    pub(super) inner: Counted<SpanExporter>,
    pub(super) counts: Counts,
}

impl Exporter {
    pub(in crate::trace) fn new(
        collector: &Collector,
        thread: &ExportThread,
        workers: &Workers,
    ) -> Result<Self, OtlpError> {
        // The channel's tasks live on the exporters' runtime.
        let entered = thread.enter();
        let exporter = exporter(collector)?;
        drop(entered);
        let counts = Counts::default();
        Ok(Self {
            inner: Counted::new(exporter, thread.runtime(), workers.clone(), counts.clone()),
            counts,
        })
    }
}

fn exporter(collector: &Collector) -> Result<SpanExporter, OtlpError> {
    let failed = |error: ExporterBuildError| collector.failed(error);
    let exporter = SpanExporter::builder();
    if collector.is_http() {
        let exporter = collector.http(exporter.with_http(), "/v1/traces")?;
        return exporter.build().map_err(failed);
    }
    collector
        .grpc(exporter.with_tonic())?
        .build()
        .map_err(failed)
}
