//! The settings of traces, and the processors that spans go to.

#[cfg(feature = "otlp")]
use std::sync::Arc;

use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, SpanProcessor},
};

#[cfg(feature = "otlp")]
use super::export::{Batch, Exporter};
use super::{Boundaries, Granularities, Processors, Traces, Workers, sampling::Sampler};
use crate::export::Deliveries;
#[cfg(feature = "otlp")]
use crate::{
    env::Warnings,
    export::{Batching, Collector, ExportThread, OtlpError},
};

/// Whether spans show the messages of errors, and the introspection service those of failed tasks.
/// Types are always shown, details never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureMessages {
    /// Show them.
    #[default]
    Show,
    /// Hide them, since messages may contain names of people or amounts.
    Hide,
}

/// Whether a failed run is exported if its trace is not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailedRuns {
    /// It is not exported.
    #[default]
    AsSampled,
    /// Its own span is exported all the same. Rebuild the run from its history to export the rest.
    Keep,
}

/// Which spans there are, and what they show.
#[derive(Debug, Default)]
pub(crate) struct TracesSettings {
    pub(crate) sampler: Sampler,
    pub(crate) boundaries: Boundaries,
    pub(crate) granularities: Granularities,
    pub(crate) failure_messages: FailureMessages,
    pub(crate) failed_runs: FailedRuns,
}

/// The settings of traces, and the processors that spans go to.
#[derive(Debug)]
pub(crate) struct TracesOptions {
    pub(super) settings: TracesSettings,
    processors: Vec<Box<dyn SpanProcessor>>,
    pub(super) workers: Workers,
    /// One per collector.
    pub(super) deliveries: Vec<Deliveries>,
    #[cfg(feature = "otlp")]
    exporters: Vec<(Exporter, Batching)>,
    resource: Option<Resource>,
    /// Keeps the exporters' thread alive as long as spans are made.
    #[cfg(feature = "otlp")]
    thread: Option<Arc<ExportThread>>,
}

impl TracesOptions {
    pub(super) fn new(settings: TracesSettings, processors: Vec<Box<dyn SpanProcessor>>) -> Self {
        Self {
            settings,
            processors,
            workers: Workers::default(),
            deliveries: Vec::new(),
            #[cfg(feature = "otlp")]
            exporters: Vec::new(),
            resource: None,
            #[cfg(feature = "otlp")]
            thread: None,
        }
    }

    /// Adds a collector to send to.
    #[cfg(feature = "otlp")]
    pub(super) fn collector(
        &mut self,
        collector: &Collector,
        batching: Batching,
        thread: Arc<ExportThread>,
        warnings: &mut Warnings,
    ) -> Result<(), OtlpError> {
        let (exporter, resource) = Exporter::new(collector, &thread, &self.workers, warnings)?;
        self.resource.get_or_insert(resource);
        self.exporters.push((exporter, batching));
        self.thread = Some(thread);
        Ok(())
    }

    /// Sets the resource of the user's own processors, if no collector has one.
    #[cfg(feature = "otlp")]
    pub(super) fn belong_to(&mut self, resource: impl FnOnce() -> Resource) {
        if !self.processors.is_empty() {
            self.resource.get_or_insert_with(resource);
        }
    }

    /// Starts to send to the collectors.
    #[cfg(feature = "otlp")]
    fn start(&mut self) {
        for (exporter, batching) in std::mem::take(&mut self.exporters) {
            let batch = Batch::new(exporter, batching);
            self.deliveries.push(batch.deliveries());
            self.processors.push(Box::new(batch));
        }
    }

    /// Builds the traces, if spans have somewhere to go.
    pub(crate) fn build(mut self) -> Option<Traces> {
        #[cfg(feature = "otlp")]
        self.start();
        let processors = std::mem::take(&mut self.processors);
        if processors.is_empty() {
            return None;
        }
        let resource = self.resource.take();
        let resource = resource.unwrap_or_else(|| Resource::builder().build());
        let processors = Processors::new(processors, &resource);
        let provider = SdkTracerProvider::builder()
            .with_sampler(self.settings.sampler)
            .with_resource(resource)
            .with_span_processor(processors.clone())
            .build();
        Some(Traces::new(self, processors, provider))
    }
}
