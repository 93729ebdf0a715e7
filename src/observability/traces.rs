use opentelemetry_sdk::trace::SpanProcessor;

use super::{Builder, InvalidEnv, Observability, env::read};
#[cfg(feature = "otlp")]
use crate::export::{Collector, OtlpError};
use crate::trace::{
    Boundary, Edge, FailedRuns, FailureMessages, Granularity, Sampling, SpanCounts, TracerProvider,
};

impl Builder {
    /// Sends all spans to an OpenTelemetry collector. Default: not sent, and nothing is traced.
    ///
    /// ```no_run
    /// use chronoscope::{Observability, export::Collector};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let observability = Observability::builder()
    ///     .otlp_traces(Collector::at("http://localhost:4317").service_name("orders"))?
    ///     .install()?;
    /// # let _ = observability;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OtlpError`] names the endpoint: it can't be one. A collector that does not answer is no
    /// error: what it misses is counted in [`Observability::span_counts`].
    #[cfg(feature = "otlp")]
    pub fn otlp_traces(mut self, collector: Collector) -> Result<Self, OtlpError> {
        if !self.otel_disabled {
            self.traces.collector(&collector)?;
        }
        Ok(self)
    }

    /// Sets how many spans may wait for each collector before some are dropped. Default: what
    /// `OTEL_BSP_MAX_QUEUE_SIZE` says, else 16,384.
    #[cfg(feature = "otlp")]
    pub fn trace_buffer(mut self, spans: usize) -> Self {
        self.traces.buffered_spans = Some(spans);
        self
    }

    /// Adds a span processor of the user's that all spans go to. Default: none.
    ///
    /// Spans of workflows reach it at their end alone: their start may have been on another worker.
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.traces.processors.push(Box::new(processor));
        self
    }

    /// Sets which traces are recorded. Default: [`Sampling::Always`].
    pub fn trace_sampling(mut self, sampling: Sampling) -> Self {
        self.traces.sampling = sampling;
        self
    }

    /// Sets what becomes of traces at an edge. Default: they go on from parent to child and from a
    /// signal's sender to its handler, and begin anew, with a link, where a run goes on as new and
    /// where a schedule or cron starts one.
    pub fn trace_boundary(mut self, edge: Edge, boundary: Boundary) -> Self {
        self.traces.boundaries.set(edge, boundary);
        self
    }

    /// Sets how much of workflows is traced. Default: [`Granularity::Full`].
    pub fn trace_granularity(mut self, granularity: Granularity) -> Self {
        self.traces.granularities.set_default(granularity);
        self
    }

    /// Sets how much of the workflows of one type is traced.
    pub fn trace_granularity_of(
        mut self,
        workflow_type: impl Into<String>,
        granularity: Granularity,
    ) -> Self {
        self.traces
            .granularities
            .set(workflow_type.into(), granularity);
        self
    }

    /// Sets whether spans show the messages of errors, and the introspection service those of failed
    /// tasks. Default: [`FailureMessages::Show`].
    pub fn trace_failure_messages(mut self, messages: FailureMessages) -> Self {
        self.traces.failure_messages = messages;
        self
    }

    /// Sets whether a run that failed is exported although its trace is not recorded. Default:
    /// [`FailedRuns::AsSampled`].
    pub fn trace_failed_runs(mut self, runs: FailedRuns) -> Self {
        self.traces.failed_runs = runs;
        self
    }

    /// Sets what the environment says of traces.
    pub(super) fn traces_from_env(mut self) -> Result<Self, InvalidEnv> {
        const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
        const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
        if let Some(name) = read::<String>(SAMPLER)? {
            let argument = read::<String>(ARGUMENT)?;
            let spelled = match argument.filter(|_| name.ends_with("ratio")) {
                Some(ratio) => format!("{name}={ratio}"),
                None => name,
            };
            let sampling = spelled.parse();
            self.traces.sampling =
                sampling.map_err(|error| InvalidEnv::new(SAMPLER, spelled, error))?;
        }
        Ok(self)
    }
}

impl Observability {
    /// Returns what makes tracers for an application's own spans. With no place to send spans to, it
    /// makes none.
    ///
    /// ```
    /// use chronoscope::Observability;
    /// use opentelemetry::global;
    ///
    /// let observability = Observability::builder().build();
    /// global::set_tracer_provider(observability.tracer_provider());
    /// ```
    #[must_use]
    pub fn tracer_provider(&self) -> TracerProvider {
        TracerProvider::new(self.observer.traced().cloned())
    }

    /// Returns what became of the spans so far.
    #[must_use]
    pub fn span_counts(&self) -> SpanCounts {
        self.observer
            .traced()
            .map_or_else(SpanCounts::default, crate::trace::Traces::counts)
    }

    /// Keeps what spans were lost among the metrics, as long as there is an exporter of those.
    pub(super) fn measure_spans(&self) {
        let (Some(measures), Some(traces)) = (self.pipeline.measures(), self.observer.traced())
        else {
            return;
        };
        let (measures, counts) = (measures.clone(), traces.watch());
        self.pipeline.exports.keep_up(move || {
            if let Some(counts) = counts() {
                let health = measures.health();
                health.spans_dropped.absolute(counts.dropped);
                health.spans_failed.absolute(counts.failed);
                health.spans_panicked.absolute(counts.panics);
                health
                    .trace_headers_unreadable
                    .absolute(counts.unreadable_headers);
            }
        });
    }

    #[cfg(feature = "logs")]
    pub(super) fn bridge(&self) -> Option<crate::logs::BoxedLayer> {
        self.observer.traced()?;
        Some(Box::new(self.tracing_layer()))
    }

    /// Returns the layer that turns `tracing` spans into OpenTelemetry's, for people who have a
    /// subscriber of their own. [`Builder::install`] adds it.
    ///
    /// Log events become events of the span that they are in, except in a workflow's own code and
    /// its handlers of signals and updates: what a replay does not log again would be missing in a
    /// span that a replay finishes. Their lines carry the ids of the span all the same.
    ///
    /// A [`ReplayFilter`](crate::logs::ReplayFilter) over the whole subscriber needs to let spans
    /// through: see [`GlobalReplayFilter::with_spans`](crate::logs::GlobalReplayFilter::with_spans).
    #[cfg(feature = "logs")]
    pub fn tracing_layer<S>(&self) -> impl tracing_subscriber::Layer<S> + Send + Sync + use<S>
    where
        S: tracing::Subscriber
            + Send
            + Sync
            + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
    {
        crate::trace::layer(&self.tracer_provider())
    }
}
