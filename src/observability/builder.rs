use std::{fmt, sync::Arc};

use super::{Observability, metrics::connection_meter};
use crate::{
    execution::Policy,
    metrics::RecorderAlreadySet,
    observe::{Observer, OnEnd, OnStart},
};

/// Builds an [`Observability`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `install` or `build`"]
pub struct Builder {
    pub(super) observer: Observer,
    #[cfg(feature = "logs")]
    pub(super) logs: crate::logs::Options,
    pub(super) metrics: crate::metrics::Options,
    pub(super) traces: crate::trace::Options,
    pub(super) attributes: crate::search_attributes::Options,
    /// Whether the environment switches OpenTelemetry off.
    #[cfg(feature = "otlp")]
    pub(super) otel_disabled: bool,
}

impl Builder {
    /// Sets what to do with signals that replay would repeat. Default: suppress them.
    pub fn replay_policy(mut self, policy: Policy) -> Self {
        self.observer = self.observer.policy(policy);
        self
    }

    /// Sets the hook that is called when an operation starts. Default: none.
    pub fn on_start(mut self, hook: impl OnStart) -> Self {
        self.observer = self.observer.on_start(hook);
        self
    }

    /// Sets the hook that is called when an operation ends. Default: none.
    pub fn on_end(mut self, hook: impl OnEnd) -> Self {
        self.observer = self.observer.on_end(hook);
        self
    }

    /// Builds the value and touches nothing global, for people who have a `tracing` subscriber or
    /// a `metrics` recorder.
    #[must_use]
    pub fn build(self) -> Observability {
        let pipeline = self.metrics.build();
        #[cfg(feature = "introspect")]
        let failure_messages = self.traces.failure_messages;
        let observer = self.observer.measures(pipeline.measures().cloned());
        let observability = Observability {
            observer: observer
                .traces(self.traces.build())
                .attributes(self.attributes.build()),
            #[cfg(feature = "logs")]
            sinks: Arc::default(),
            #[cfg(feature = "introspect")]
            failure_messages,
            connection_meter: connection_meter(pipeline.meter()),
            pipeline: Arc::new(pipeline),
        };
        observability.measure_spans();
        observability
    }

    /// Sets up the process, for people who have no `tracing` subscriber and no `metrics` recorder.
    ///
    /// - The subscriber: console, optional file, filter, ids on every line, nothing twice. None of
    ///   it can hurt a task: the writers are behind bounded buffers, panics are caught, and both
    ///   are counted in [`Observability::losses`].
    /// - The recorder, if metrics have somewhere to go: replay-safe, with bounded label sets.
    ///
    /// # Errors
    ///
    /// [`InstallError`] if the process has one of them; then use [`build`](Self::build) and the
    /// parts in [`logs`](crate::logs) and [`metrics`](mod@crate::metrics).
    pub fn install(self) -> Result<Observability, InstallError> {
        #[cfg(feature = "logs")]
        let (logs, rest) = self.split();
        #[cfg(not(feature = "logs"))]
        let rest = self;

        let observability = rest.build();
        observability.pipeline.install()?;
        #[cfg(feature = "logs")]
        let observability = {
            let mut observability = observability;
            let bridge = observability.bridge();
            observability.sinks = Arc::new(logs.install(bridge)?);
            observability.measure_losses();
            observability
        };
        Ok(observability)
    }

    #[cfg(feature = "logs")]
    fn split(mut self) -> (crate::logs::Options, Self) {
        (std::mem::take(&mut self.logs), self)
    }
}

/// The error of installing what the process has already.
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallError {
    /// A `tracing` subscriber.
    #[cfg(feature = "logs")]
    Subscriber(crate::logs::SubscriberAlreadySet),
    /// A `metrics` recorder.
    Recorder(RecorderAlreadySet),
}

#[cfg(feature = "logs")]
impl From<crate::logs::SubscriberAlreadySet> for InstallError {
    fn from(error: crate::logs::SubscriberAlreadySet) -> Self {
        Self::Subscriber(error)
    }
}

impl From<RecorderAlreadySet> for InstallError {
    fn from(error: RecorderAlreadySet) -> Self {
        Self::Recorder(error)
    }
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "logs")]
            Self::Subscriber(error) => error.fmt(f),
            Self::Recorder(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InstallError {}
