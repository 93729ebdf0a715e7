//! The exporters of a process.

#[cfg(feature = "otlp")]
use super::otlp::{Exported, Otlp, Sender};
#[cfg(feature = "prometheus")]
use super::page::Readiness;
#[cfg(any(feature = "prometheus", feature = "otlp"))]
use crate::export::ExportThreads;
#[cfg(feature = "otlp")]
use crate::{env::Warnings, export::at_once, metrics::SharedRecorder};

/// The exporters of a process.
#[derive(Default)]
pub(crate) struct Exports {
    #[cfg(feature = "prometheus")]
    prometheus: Option<std::net::SocketAddr>,
    #[cfg(feature = "prometheus")]
    readiness: Readiness,
    /// The opened senders.
    #[cfg(feature = "otlp")]
    opened: Vec<Sender>,
    #[cfg(feature = "otlp")]
    otlp: Vec<Exported>,
}

impl Exports {
    /// Starts an endpoint and returns its recorder.
    #[cfg(feature = "prometheus")]
    pub(crate) fn prometheus(
        &mut self,
        endpoint: &super::Prometheus,
        threads: &mut ExportThreads,
    ) -> Result<super::Served, super::PrometheusError> {
        let thread = threads.get().map_err(|error| endpoint.failed(error))?;
        let (recorder, address) = endpoint.serve(&thread, self.readiness.clone())?;
        self.prometheus = Some(address);
        Ok(super::Served::new(
            recorder,
            endpoint.global_names(),
            thread,
        ))
    }

    /// Returns where metrics are served.
    #[cfg(feature = "prometheus")]
    pub(crate) fn prometheus_address(&self) -> Option<std::net::SocketAddr> {
        self.prometheus
    }

    /// Says what the endpoint answers to those who ask whether the process is ready.
    #[cfg(feature = "prometheus")]
    pub(crate) fn ready_while(&self, is_ready: impl Fn() -> bool + Send + Sync + 'static) {
        self.readiness.get_or_init(|| Box::new(is_ready));
    }

    /// Opens the connection to a collector. Nothing is sent yet.
    #[cfg(feature = "otlp")]
    pub(crate) fn open(
        &mut self,
        collector: Otlp,
        threads: &mut ExportThreads,
        warnings: &mut Warnings,
    ) -> Result<(), crate::export::OtlpError> {
        let thread = threads.get().map_err(|error| collector.failed(error))?;
        match collector.open(thread, warnings) {
            Ok(sender) => self.opened.push(sender),
            Err(error) => error.of_program("metrics", warnings)?,
        }
        Ok(())
    }

    /// Starts to send, and returns the recorders, with at most this many series per metric.
    #[cfg(feature = "otlp")]
    pub(crate) fn start(
        &mut self,
        most_series: usize,
    ) -> impl Iterator<Item = SharedRecorder> + use<> {
        let opened = self.opened.drain(..);
        let started = opened.map(|sender| sender.start(most_series));
        let started: Vec<_> = started.collect();
        self.otlp.extend(started.iter().cloned());
        started.into_iter().map(|exported| exported.recorder())
    }

    /// Returns how many exports to each collector failed.
    #[cfg(feature = "otlp")]
    pub(crate) fn otlp_failures(&self) -> impl Iterator<Item = u64> {
        self.otlp.iter().map(Exported::failures)
    }

    /// Sends the current values.
    pub(crate) fn flush(&self) {
        #[cfg(feature = "otlp")]
        at_once(&self.otlp, Exported::flush);
    }

    /// Sends the current values once more, and stops.
    pub(crate) fn shutdown(&self) {
        #[cfg(feature = "otlp")]
        at_once(&self.otlp, Exported::shutdown);
    }
}
