//! The global subscriber.

use std::{fmt, fs::File, io};

use tracing_log::AsLog as _;
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt};

use super::{
    LogFormat, ReplayFilter,
    exporters::WithoutExporters,
    sinks::{BoxedLayer, Console, Sinks},
};

/// Where lines go, opened, and not written to yet.
pub(crate) struct Lines {
    pub(super) filter: EnvFilter,
    pub(super) format: LogFormat,
    pub(super) buffered_lines: usize,
    pub(super) console: Console,
    pub(super) file: Option<File>,
}

impl Lines {
    /// Sets the global subscriber, and returns what it writes to and whether records of the `log`
    /// crate come here, too: a process that has a logger for these keeps it.
    ///
    /// With a bridge for spans, those opened in replay pass the filter: the bridge knows what to do
    /// with them.
    pub(crate) fn install(
        self,
        bridge: Option<BoxedLayer>,
    ) -> Result<(Sinks, bool), SubscriberAlreadySet> {
        let filter = match &bridge {
            Some(_) => ReplayFilter::global().with_spans(),
            None => ReplayFilter::global(),
        };
        let directives = self.filter.clone();
        let (mut layers, sinks) = self.layers();
        layers.splice(0..0, bridge);
        let subscriber = tracing_subscriber::registry()
            .with(layers)
            .with(filter)
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

    /// Returns what writes lines, with their filters, for a subscriber of the user's.
    pub(crate) fn layer(self) -> (BoxedLayer, Sinks) {
        let directives = self.filter.clone();
        let (layers, sinks) = self.layers();
        let filtered = layers.with_filter(ReplayFilter::new());
        (filtered.with_filter(directives).boxed(), sinks)
    }

    fn layers(self) -> (Vec<BoxedLayer>, Sinks) {
        let mut sinks = Sinks::default();
        let lines = self.buffered_lines;
        let mut layers = vec![self.console.layer(self.format, lines, &mut sinks)];
        if let Some(file) = self.file {
            let file = io::BufWriter::new(file);
            layers.push(sinks.add(LogFormat::Json, false, file, lines));
        }
        (layers, sinks)
    }
}

/// The error of installing a subscriber where there is one already.
#[derive(Debug)]
pub struct SubscriberAlreadySet {
    _private: (),
}

impl SubscriberAlreadySet {
    /// Looks whether the process has a subscriber.
    pub(crate) fn check() -> Result<(), Self> {
        // Those of this thread alone don't count.
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
            "cannot install the global `tracing` subscriber: the process has one already; call \
             `Builder::build` instead, and add `ReplayFilter` and `ExecutionFormat` to that one",
        )
    }
}

impl std::error::Error for SubscriberAlreadySet {}
