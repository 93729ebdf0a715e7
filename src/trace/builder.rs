//! The builder of traces: where spans go, and which ones there are.

use std::fmt;

use opentelemetry_sdk::trace::SpanProcessor;

use super::{
    Boundary, Edge, FailedRuns, FailureMessages, Granularity, ParentSampling, Sampling,
    options::{TracesOptions, TracesSettings},
    sampling::Sampler,
};
#[cfg(feature = "otlp")]
use crate::export::{Batching, Collector, Destinations, OF_SPANS, OtlpError};
use crate::{
    env::Warnings,
    export::{ExportThreads, Exporters, TRACES},
};

/// Sets up traces, for [`Builder::traces`](crate::Builder::traces). Without a collector or
/// processor nothing is traced.
///
/// | setter | variable | default |
/// |---|---|---|
/// | [`otlp`](Self::otlp) | `OTEL_TRACES_EXPORTER=otlp`, `OTEL_EXPORTER_OTLP_ENDPOINT`, … | not sent |
/// | [`buffer`](Self::buffer) | `OTEL_BSP_MAX_QUEUE_SIZE` | 16,384 spans |
/// | [`processor`](Self::processor) | | none |
/// | [`sampling`](Self::sampling) | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | [`Sampling::Always`] |
/// | [`parent_sampling`](Self::parent_sampling) | `OTEL_TRACES_SAMPLER` | [`ParentSampling::Followed`] |
/// | [`boundary`](Self::boundary) | | see there |
/// | [`granularity`](Self::granularity), [`granularity_of`](Self::granularity_of) | | [`Granularity::Full`] |
/// | [`failure_messages`](Self::failure_messages) | | [`FailureMessages::Show`] |
/// | [`failed_runs`](Self::failed_runs) | | [`FailedRuns::AsSampled`] |
///
/// A collector set here replaces the environment's: see
/// [`Observability::from_env`](crate::Observability::from_env).
///
/// ```
/// use chronoscope::{
///     Observability,
///     export::Collector,
///     trace::{Granularity, Sampling},
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder()
///     .traces(|t| {
///         t.otlp(Collector::at("http://localhost:4317").service_name("orders"))
///             .sampling(Sampling::Ratio(0.1))
///             .granularity_of("Nightly", Granularity::Marker)
///     })
///     .build()?; // connects when the first spans are sent
/// observability.shutdown();
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is returned"]
pub struct TracesBuilder {
    settings: TracesSettings,
    parents: ParentSampling,
    processors: Vec<Box<dyn SpanProcessor>>,
    #[cfg(feature = "otlp")]
    buffered_spans: Option<usize>,
    #[cfg(feature = "otlp")]
    otlp: Destinations<Collector>,
}

impl TracesBuilder {
    /// Sends all spans to an OpenTelemetry collector. Call it again to add another one. Default:
    /// not sent.
    ///
    /// An invalid endpoint is an error of `install`: [`OtlpError`]. A collector that does not
    /// respond is not an error: the spans that it misses are counted in
    /// [`Health::spans`](crate::Health::spans).
    #[cfg(feature = "otlp")]
    pub fn otlp(mut self, collector: Collector) -> Self {
        self.otlp.by_program.push(collector);
        self
    }

    /// Sets how many spans may wait for each collector before some are dropped, at most 1,000,000: a
    /// greater number counts as that. Default: the value of `OTEL_BSP_MAX_QUEUE_SIZE`, otherwise
    /// 16,384.
    #[cfg(feature = "otlp")]
    pub fn buffer(mut self, spans: usize) -> Self {
        self.buffered_spans = Some(spans);
        self
    }

    /// Adds a span processor that receives all spans. Default: none.
    ///
    /// It receives only the ends of workflow spans, since their start may have been on another
    /// worker.
    pub fn processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Box::new(processor));
        self
    }

    /// Sets which traces are recorded. Default: [`Sampling::Always`].
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.settings.sampler = Sampler {
            sampling,
            parents: self.parents,
        };
        self
    }

    /// Sets whether the decision of a parent elsewhere holds. Default:
    /// [`ParentSampling::Followed`].
    pub fn parent_sampling(mut self, parents: ParentSampling) -> Self {
        self.parents = parents;
        self.settings.sampler.parents = parents;
        self
    }

    /// Sets whether a trace continues at an edge. Default: it continues from parent to child and
    /// from a signal's sender to its handler; a run that continues as new, or that a schedule or
    /// cron starts, begins a new trace with a link.
    pub fn boundary(mut self, edge: Edge, boundary: Boundary) -> Self {
        self.settings.boundaries.set(edge, boundary);
        self
    }

    /// Sets how much of each workflow is traced. Default: [`Granularity::Full`].
    pub fn granularity(mut self, granularity: Granularity) -> Self {
        self.settings.granularities.set_default(granularity);
        self
    }

    /// Sets how much of the workflows of one type is traced.
    pub fn granularity_of(
        mut self,
        workflow_type: impl Into<String>,
        granularity: Granularity,
    ) -> Self {
        let granularities = &mut self.settings.granularities;
        granularities.set(workflow_type.into(), granularity);
        self
    }

    /// Sets whether spans show the messages of errors, and the introspection service those of
    /// failed tasks. Default: [`FailureMessages::Show`].
    pub fn failure_messages(mut self, messages: FailureMessages) -> Self {
        self.settings.failure_messages = messages;
        self
    }

    /// Sets whether a failed run is exported although its trace is not recorded. Default:
    /// [`FailedRuns::AsSampled`].
    pub fn failed_runs(mut self, runs: FailedRuns) -> Self {
        self.settings.failed_runs = runs;
        self
    }

    /// Returns whether the messages of errors are shown.
    #[cfg(feature = "introspect")]
    pub(crate) fn shown_messages(&self) -> FailureMessages {
        self.settings.failure_messages
    }

    /// Returns a builder with the settings of the environment.
    pub(crate) fn from_env(warnings: &mut Warnings) -> Self {
        let mut traces = Self::default();
        traces.settings.sampler = Sampler::from_env(warnings);
        // The SDK reads these, and says nothing of what it can't read.
        for limit in [
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_SPAN_EVENT_COUNT_LIMIT",
            "OTEL_SPAN_LINK_COUNT_LIMIT",
        ] {
            warnings.read::<u32>(limit);
        }
        let known = [("otlp", cfg!(feature = "otlp"))];
        let _asked = Exporters::of(&TRACES, &known, warnings);
        #[cfg(feature = "otlp")]
        if _asked.otlp {
            traces.otlp.by_environment = Some(Collector::default());
        }
        traces
    }

    /// Opens the connections to the collectors. Nothing is sent yet.
    #[cfg(feature = "otlp")]
    pub(crate) fn open(
        self,
        threads: &mut ExportThreads,
        warnings: &mut Warnings,
    ) -> Result<TracesOptions, OtlpError> {
        let mut options = TracesOptions::new(self.settings, self.processors);
        let batching = Batching::of(&OF_SPANS, self.buffered_spans, warnings);
        self.otlp
            .open(&TRACES, threads, warnings, |collector, thread, warnings| {
                options.collector(collector, batching, thread, warnings)
            })?;
        options.belong_to(|| Collector::default().resource(warnings));
        Ok(options)
    }

    /// Opens nothing: no exporter is compiled in.
    #[cfg(not(feature = "otlp"))]
    pub(crate) fn open(
        self,
        _: &mut ExportThreads,
        _: &mut Warnings,
    ) -> Result<TracesOptions, std::convert::Infallible> {
        Ok(TracesOptions::new(self.settings, self.processors))
    }
}

impl fmt::Debug for TracesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("TracesBuilder");
        debug
            .field("settings", &self.settings)
            .field("processors", &self.processors.len());
        #[cfg(feature = "otlp")]
        debug.field("otlp", &self.otlp);
        debug.finish_non_exhaustive()
    }
}
