//! The builder of an `Observability`: one builder per signal, and the common settings.

use std::sync::Arc;

use super::{
    Observability, SetupError,
    outputs::{FlushedWhenDropped, Outputs},
    runtime::connection_meter,
};
#[cfg(feature = "introspect")]
use crate::introspect::IntrospectBuilder;
use crate::{
    commit::{Emission, Holding},
    env::Warnings,
    execution::Policy,
    export::ExportThreads,
    metrics::{FacadeMeter, MetricsBuilder},
    observe::{Observer, OnEnd, OnStart, StuckBuilder},
    search_attributes::SearchAttributesBuilder,
    trace::TracesBuilder,
};
#[cfg(feature = "logs")]
use crate::{
    execution::Spans,
    logs::{Lines, LogsBuilder},
};

/// Builds an [`Observability`], with a separate builder for each signal.
///
/// ```
/// use chronoscope::{
///     Observability,
///     export::Collector,
///     logs::LogFormat,
///     trace::{Granularity, Sampling},
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::from_env()? // no port, file or thread yet
///     .metrics(|m| m.prometheus(([127, 0, 0, 1], 0))) // 0: any free port
///     .traces(|t| {
///         t.otlp(Collector::at("http://localhost:4317"))
///             .sampling(Sampling::Ratio(0.1))
///             .granularity_of("Nightly", Granularity::Marker)
///     })
///     .logs(|l| l.format(LogFormat::Json))
///     .introspect(|i| i.listen(([127, 0, 0, 1], 0)))
///     .install()?; // everything, or nothing
/// observability.shutdown();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `install` or `build`"]
pub struct Builder {
    pub(super) observer: Observer,
    pub(super) policy: Policy,
    pub(super) emission: Emission,
    #[cfg(feature = "logs")]
    pub(super) logs: LogsBuilder,
    pub(super) metrics: MetricsBuilder,
    pub(super) traces: TracesBuilder,
    pub(super) search_attributes: SearchAttributesBuilder,
    pub(super) stuck: StuckBuilder,
    #[cfg(feature = "introspect")]
    pub(super) introspect: Option<IntrospectBuilder>,
    pub(super) warnings: Warnings,
}

impl Builder {
    /// Sets up logs: filter, format, console, file, collectors.
    #[cfg(feature = "logs")]
    pub fn logs(mut self, set: impl FnOnce(LogsBuilder) -> LogsBuilder) -> Self {
        self.logs = set(self.logs);
        self
    }

    /// Sets up metrics: exporters, recorders, limits, names.
    pub fn metrics(mut self, set: impl FnOnce(MetricsBuilder) -> MetricsBuilder) -> Self {
        self.metrics = set(self.metrics);
        self
    }

    /// Sets up traces: where spans go, and which ones there are.
    pub fn traces(mut self, set: impl FnOnce(TracesBuilder) -> TracesBuilder) -> Self {
        self.traces = set(self.traces);
        self
    }

    /// Sets up search attributes: the link to the trace, and the ones shown on lines and spans.
    pub fn search_attributes(
        mut self,
        set: impl FnOnce(SearchAttributesBuilder) -> SearchAttributesBuilder,
    ) -> Self {
        self.search_attributes = set(self.search_attributes);
        self
    }

    /// Sets up what is watched of runs that do not move: which handlers may stay open.
    pub fn stuck(mut self, set: impl FnOnce(StuckBuilder) -> StuckBuilder) -> Self {
        self.stuck = set(self.stuck);
        self
    }

    /// Serves [introspection](crate::introspect): what runs in this process right now. Default: not
    /// served.
    #[cfg(feature = "introspect")]
    pub fn introspect(mut self, set: impl FnOnce(IntrospectBuilder) -> IntrospectBuilder) -> Self {
        self.introspect = Some(set(self.introspect.unwrap_or_default()));
        self
    }

    /// Sets the policy for signals that replay would repeat. Default: suppress them.
    ///
    /// [`Policy::Rebuild`] is refused by `build` and `install`: a worker with it would export every
    /// span again at each replay. `Observability::rebuild` sets it where it belongs.
    pub fn replay_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets when telemetry of workflow code is emitted: at once, or when the server has accepted its
    /// task. Default: the value of `CHRONOSCOPE_EMISSION`, otherwise [`Emission::Immediate`].
    ///
    /// With [`Emission::OnCommit`] wrap the options of the connection, too: the server's answers are
    /// read there. If its options can't be honoured, that is logged, and telemetry is emitted at once.
    pub fn emission(mut self, emission: Emission) -> Self {
        self.emission = emission;
        self
    }

    /// Sets the hook that is called when an operation starts. Default: none.
    pub fn on_start(mut self, hook: impl OnStart) -> Self {
        self.observer = self
            .observer
            .with(|parts| parts.on_start = Some(Arc::new(hook)));
        self
    }

    /// Sets the hook that is called when an operation ends. Default: none.
    pub fn on_end(mut self, hook: impl OnEnd) -> Self {
        self.observer = self
            .observer
            .with(|parts| parts.on_end = Some(Arc::new(hook)));
        self
    }

    /// Leaves a mark on each execution.
    #[cfg(feature = "testing")]
    pub(crate) fn mark(mut self, mark: crate::execution::Mark) -> Self {
        self.observer = self.observer.with(|parts| parts.mark = Some(mark));
        self
    }

    /// Builds the value without touching anything global, for processes with their own `tracing`
    /// subscriber or `metrics` recorder.
    ///
    /// Everything else is as with [`install`](Self::install): exporters and servers start. Add
    /// `Observability::log_layer`, `Observability::log_record_layer` and
    /// `Observability::tracing_layer`, or `ReplayFilter` and `ExecutionFormat`, to your subscriber,
    /// and use [`Observability::recorder`] for metrics.
    ///
    /// # Errors
    ///
    /// [`SetupError`] names what can't be used: an address, a file, a collector. In that case
    /// nothing is bound or started.
    pub fn build(self) -> Result<Observability, SetupError> {
        #[cfg(feature = "logs")]
        let (observability, lines) = self.set_up()?;
        #[cfg(not(feature = "logs"))]
        let observability = self.set_up()?;
        #[cfg(feature = "logs")]
        observability.outputs.lines.hold(lines);
        // A subscriber that comes later hears of it when something is wired.
        if tracing::dispatcher::has_been_set() {
            observability.outputs.say();
        }
        Ok(observability)
    }

    /// Sets up the process, if it has no `tracing` subscriber and no `metrics` recorder yet.
    ///
    /// - The subscriber: console, optional file, filter, ids on every line, no repeated lines. It
    ///   can't fail or block a task: the writers are behind bounded buffers, panics are caught, and
    ///   losses are counted in [`Observability::health`]. It also receives records of the crate
    ///   `log`, unless the process already has a logger. Without the feature `logs` none is set.
    /// - The recorder, if metrics have somewhere to go: replay-safe, with bounded label sets.
    ///
    /// # Errors
    ///
    /// [`SetupError`] names what can't be used. In that case nothing is bound, set or started. If
    /// the process already has a subscriber or recorder, use [`build`](Self::build).
    pub fn install(self) -> Result<Observability, SetupError> {
        #[cfg(feature = "logs")]
        crate::logs::SubscriberAlreadySet::check()?;
        if self.metrics.is_on() {
            crate::metrics::RecorderAlreadySet::check()?;
        }
        #[cfg(feature = "logs")]
        let (observability, lines) = self.set_up()?;
        #[cfg(not(feature = "logs"))]
        let observability = self.set_up()?;
        let installed = observability.outputs.pipeline.install();
        let installed = installed.map_err(SetupError::from);
        #[cfg(feature = "logs")]
        let installed = installed.and_then(|()| {
            let bridge = observability.bridge();
            Ok(observability.outputs.lines.install(lines, bridge)?)
        });
        match &installed {
            Ok(()) => observability.outputs.say(),
            // Another thread was faster.
            Err(_) => observability.shutdown(),
        }
        installed.map(|()| observability)
    }

    /// Opens everything, then starts everything: the steps that can fail come first.
    #[cfg(feature = "logs")]
    fn set_up(mut self) -> Result<(Observability, Lines), SetupError> {
        if self.logs.has_context_span() {
            let spans = Some(Spans::default());
            self.observer = self.observer.with(|parts| parts.spans = spans);
        }
        let lines = self.logs.open()?;
        Ok((self.set_up_outputs()?, lines))
    }

    #[cfg(not(feature = "logs"))]
    fn set_up(self) -> Result<Observability, SetupError> {
        self.set_up_outputs()
    }

    fn set_up_outputs(mut self) -> Result<Observability, SetupError> {
        if self.policy == Policy::Rebuild {
            return Err(SetupError::Rebuilds);
        }
        let mut threads = ExportThreads::default();
        #[cfg(feature = "introspect")]
        let shown_messages = self.traces.shown_messages();
        #[cfg(feature = "introspect")]
        let bound = self.introspect.map(IntrospectBuilder::bind).transpose()?;
        let metrics = self.metrics.open(&mut threads, &mut self.warnings)?;
        let traces = self.traces.open(&mut threads, &mut self.warnings)?;
        #[cfg(all(feature = "logs", feature = "otlp"))]
        let records = (self.logs).open_collectors(&mut threads, &mut self.warnings)?;

        let pipeline = metrics.build();
        #[cfg(feature = "introspect")]
        if bound.is_some() {
            pipeline.gauges().switch_on();
        }
        #[cfg(feature = "prometheus")]
        if pipeline.exports.prometheus_address().is_some() {
            pipeline.gauges().switch_on();
        }
        let of_connections = pipeline.meter().map(FacadeMeter::of_connections);
        let connection_meter = connection_meter(of_connections.as_ref());
        let traces = traces.build();
        let observer = self.observer.with(|parts| {
            parts.policy = self.policy;
            parts.measures = pipeline.measures().cloned();
            parts.core_meter = pipeline.meter().cloned();
            parts.traces.clone_from(&traces);
            parts.attributes = self.search_attributes.build();
            parts.stuck = Arc::new(self.stuck.build());
        });
        if let Emission::OnCommit(options) = self.emission {
            let latency = pipeline.measures().map(|measures| measures.hold_latency());
            let waited = latency.map(|record| Box::new(record) as _);
            observer.registry().hold(Holding::new(options, waited));
        }
        let outputs = Outputs::new(&observer, pipeline, traces, threads, self.warnings);
        #[cfg(all(feature = "logs", feature = "otlp"))]
        let outputs = outputs.with_records(records.start());
        let outputs = Arc::new(outputs);
        #[cfg(feature = "introspect")]
        if let Some(bound) = bound {
            outputs.serve(bound, observer.registry().watch(shown_messages));
        }
        #[cfg(feature = "prometheus")]
        super::ready::answer(&outputs);
        outputs.keep_up();
        Ok(Observability {
            observer: observer.with(|parts| parts.keeps = Some(outputs.clone())),
            connection_meter,
            _flushed: Arc::new(FlushedWhenDropped(outputs.clone())),
            outputs,
        })
    }
}
