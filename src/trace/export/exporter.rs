//! The exporter of spans to one collector.

use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;

use super::counted::Counted;
use crate::{
    env::Warnings,
    export::{Collector, Deliveries, ExportThread, OtlpError, Sending, Settings, TRACES},
    trace::Workers,
};

/// The exporter to one collector, and the counts of its spans.
#[derive(Debug)]
pub(crate) struct Exporter {
    pub(super) inner: Counted<SpanExporter>,
    pub(super) deliveries: Deliveries,
}

impl Exporter {
    /// Opens the connection to a collector, and returns the resource of its spans.
    pub(in crate::trace) fn new(
        collector: &Collector,
        thread: &ExportThread,
        workers: &Workers,
        warnings: &mut Warnings,
    ) -> Result<(Self, Resource), OtlpError> {
        let settings = Settings::of(collector, &TRACES, warnings)?;
        // The channel's tasks live on the exporters' runtime.
        let entered = thread.enter();
        let exporter = exporter(&settings)?;
        drop(entered);
        let deliveries = Deliveries::default();
        let sending = Sending::new(&settings, thread.runtime());
        let resource = settings.resource;
        let inner = Counted::new(
            exporter,
            sending,
            resource.clone(),
            workers.clone(),
            deliveries.clone(),
        );
        Ok((Self { inner, deliveries }, resource))
    }
}

fn exporter(settings: &Settings) -> Result<SpanExporter, OtlpError> {
    let exporter = SpanExporter::builder();
    let built = match settings.is_http() {
        true => settings.http(exporter.with_http()).build(),
        false => settings.grpc(exporter.with_tonic()).build(),
    };
    built.map_err(|error: ExporterBuildError| settings.failed(error))
}
