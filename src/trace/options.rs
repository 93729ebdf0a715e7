#[cfg(feature = "otlp")]
use std::sync::Arc;

use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, SpanProcessor},
};

use super::{Boundaries, Exit, Granularities, Sampling, Traces, Workers, counts::Counts};
#[cfg(feature = "otlp")]
use crate::export::{Collector, ExportThread, OtlpError};

/// Whether spans show the messages of errors. Types are always shown, details never.
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
    pub(super) counts: Counts,
    resource: Option<Resource>,
    /// The exporters' thread lives as long as what makes spans.
    #[cfg(feature = "otlp")]
    pub(super) thread: Option<Arc<ExportThread>>,
}

impl Options {
    /// Starts to send to a collector.
    #[cfg(feature = "otlp")]
    pub(crate) fn collector(&mut self, collector: &Collector) -> Result<(), OtlpError> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => Arc::new(ExportThread::start().map_err(|error| collector.failed(error))?),
        };
        let thread = self.thread.insert(thread);
        let batch = super::export::start(collector, thread, &self.workers, &self.counts)?;
        self.resource = Some(collector.resource());
        self.processors.push(Box::new(batch));
        Ok(())
    }

    /// Builds what makes spans, if they have somewhere to go.
    pub(crate) fn build(mut self) -> Option<Traces> {
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
