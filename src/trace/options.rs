#[cfg(feature = "otlp")]
use std::sync::Arc;

use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, SpanProcessor},
};

#[cfg(feature = "otlp")]
use super::export::{Batch, Exporter};
use super::{Boundaries, Exit, Granularities, Sampling, Traces, Workers, counts::Counts};
#[cfg(feature = "otlp")]
use crate::export::{Collector, ExportThread, OtlpError};

/// Whether spans show the messages of errors, and the introspection service those of failed tasks.
/// Types are always shown, details never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureMessages {
    /// They do.
    #[default]
    Show,
    /// They don't, since messages may name people or amounts.
    Hide,
}

/// What becomes of a run that failed, where its trace is not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailedRuns {
    /// Nothing: its trace is not recorded.
    #[default]
    AsSampled,
    /// Its own span comes out all the same. Rebuilding it from history gives the rest.
    Keep,
}

/// What to trace, and where spans go.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) sampling: Sampling,
    pub(crate) boundaries: Boundaries,
    pub(crate) granularities: Granularities,
    pub(crate) failure_messages: FailureMessages,
    pub(crate) failed_runs: FailedRuns,
    pub(crate) processors: Vec<Box<dyn SpanProcessor>>,
    pub(super) workers: Workers,
    /// Of each collector.
    pub(super) counts: Vec<Counts>,
    #[cfg(feature = "otlp")]
    pub(crate) buffered_spans: Option<usize>,
    #[cfg(feature = "otlp")]
    exporters: Vec<Exporter>,
    resource: Option<Resource>,
    /// The exporters' thread lives as long as what makes spans.
    #[cfg(feature = "otlp")]
    pub(super) thread: Option<Arc<ExportThread>>,
}

impl Options {
    /// Adds a collector to send to.
    #[cfg(feature = "otlp")]
    pub(crate) fn collector(&mut self, collector: &Collector) -> Result<(), OtlpError> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => Arc::new(
                ExportThread::start("chronoscope-export")
                    .map_err(|error| collector.failed(error))?,
            ),
        };
        let thread = self.thread.insert(thread);
        let exporter = Exporter::new(collector, thread, &self.workers)?;
        self.resource = Some(collector.resource());
        self.exporters.push(exporter);
        Ok(())
    }

    /// Starts to send to the collectors.
    #[cfg(feature = "otlp")]
    fn start(&mut self) {
        for exporter in std::mem::take(&mut self.exporters) {
            let batch = Batch::new(exporter, self.buffered_spans);
            self.counts.push(batch.counts());
            self.processors.push(Box::new(batch));
        }
    }

    /// Builds what makes spans, if they have somewhere to go.
    pub(crate) fn build(mut self) -> Option<Traces> {
        #[cfg(feature = "otlp")]
        self.start();
        let processors = std::mem::take(&mut self.processors);
        if processors.is_empty() {
            return None;
        }
        let resource = self.resource.take();
        let resource = resource.unwrap_or_else(|| Resource::builder().build());
        let exit = Exit::new(processors, &resource);
        let provider = SdkTracerProvider::builder()
            .with_sampler(self.sampling.sampler())
            .with_resource(resource)
            .with_span_processor(exit.clone())
            .build();
        Some(Traces::new(self, exit, provider))
    }
}
