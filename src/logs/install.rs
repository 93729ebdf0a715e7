//! Installs the global subscriber.

use std::fmt;

use tracing_log::AsLog as _;
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt};

use super::{
    LogFormat, ReplayFilter,
    account::QueueLimits,
    context::{self, without_context},
    exporters::WithoutExporters,
    rotated::LogFile,
    sinks::{self, BoxedLayer, Sinks},
};

/// The opened outputs of lines, before anything is written.
pub(crate) struct Lines {
    pub(super) filter: EnvFilter,
    pub(super) format: LogFormat,
    pub(super) room: QueueLimits,
    pub(super) console: sinks::Lines,
    pub(super) file: Option<LogFile>,
    pub(super) others: Vec<BoxedLayer>,
    pub(super) has_context_span: bool,
}

impl Lines {
    /// Sets the global subscriber, and returns its sinks and whether it also receives records of
    /// the `log` crate: a process that already has a logger keeps it.
    ///
    /// Spans opened during replay pass the filter: lines only read them, and the bridge for spans
    /// handles them. Log records are made by a layer of their own.
    pub(crate) fn install(
        self,
        bridge: Option<BoxedLayer>,
        records: Option<BoxedLayer>,
    ) -> Result<(Sinks, bool), SubscriberAlreadySet> {
        let directives = self.directives();
        let (mut layers, sinks) = self.layers();
        layers.splice(0..0, bridge);
        layers.extend(records);
        let subscriber = tracing_subscriber::registry()
            .with(layers)
            .with(ReplayFilter::global().with_spans())
            .with(WithoutExporters)
            .with(directives);
        tracing::subscriber::set_global_default(subscriber)
            .map_err(|_| SubscriberAlreadySet { _private: () })?;
        let level = tracing::level_filters::LevelFilter::current().as_log();
        let logger = tracing_log::LogTracer::builder()
            .with_max_level(level)
            .init();
        Ok((sinks, logger.is_ok()))
    }

    /// Returns the layer that writes lines, with its filters, for the user's own subscriber.
    pub(crate) fn layer(self) -> (BoxedLayer, Sinks) {
        let directives = self.directives();
        let (layers, sinks) = self.layers();
        let filtered = layers.with_filter(ReplayFilter::new().with_spans());
        (filtered.with_filter(directives).boxed(), sinks)
    }

    fn layers(self) -> (Vec<BoxedLayer>, Sinks) {
        let mut sinks = Sinks::default();
        let room = self.room;
        let mut layers = vec![self.console.layer(self.format, room, &mut sinks)];
        if let Some(file) = self.file {
            layers.push(sinks.add_file(self.format, file, room));
        }
        if self.has_context_span {
            // Lines have the ids already.
            let lines = std::mem::take(&mut layers).into_iter();
            layers.extend(lines.map(|line| line.with_filter(without_context()).boxed()));
        }
        layers.extend(self.others);
        (layers, sinks)
    }

    /// Returns the filter of events and spans. It never disables the context span.
    fn directives(&self) -> EnvFilter {
        let directives = self.filter.clone();
        match context::directive().filter(|_| self.has_context_span) {
            Some(context) => directives.add_directive(context),
            None => directives,
        }
    }
}

/// The error of installing a subscriber when the process already has one.
#[derive(Debug)]
pub struct SubscriberAlreadySet {
    _private: (),
}

impl SubscriberAlreadySet {
    /// Checks that the process has no subscriber.
    pub(crate) fn check() -> Result<(), Self> {
        // Thread-local subscribers don't count.
        let is_set = || {
            tracing::dispatcher::get_default(|now| !now.is::<tracing::subscriber::NoSubscriber>())
        };
        match std::thread::spawn(is_set).join() {
            Ok(false) => Ok(()),
            _ => Err(Self { _private: () }),
        }
    }
}

impl fmt::Display for SubscriberAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "cannot install the global `tracing` subscriber: the process has one already. If \
             chronoscope set it, clone that `Observability`; if not, call `Builder::build`, and \
             add `ReplayFilter` and `ExecutionFormat` to that one",
        )
    }
}

impl std::error::Error for SubscriberAlreadySet {}
