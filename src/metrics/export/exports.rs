//! The exporters of a process.

#[cfg(feature = "otlp")]
use std::sync::Arc;

#[cfg(feature = "otlp")]
use super::otlp::{OtelRecorder, Otlp, Sender};
#[cfg(any(feature = "prometheus", feature = "otlp"))]
use crate::export::ExportThreads;
#[cfg(feature = "otlp")]
use crate::{env::Warnings, export::at_once, metrics::SharedRecorder};

/// The exporters of a process.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    #[cfg(feature = "prometheus")]
    prometheus: Option<std::net::SocketAddr>,
    /// What will send.
    #[cfg(feature = "otlp")]
    opened: Vec<Sender>,
    #[cfg(feature = "otlp")]
    otlp: Vec<OtelRecorder>,
}

impl Exports {
    /// Starts an endpoint and returns the recorder of what it serves.
    #[cfg(feature = "prometheus")]
    pub(crate) fn prometheus(
        &mut self,
        endpoint: &super::Prometheus,
        threads: &mut ExportThreads,
    ) -> Result<super::Served, super::PrometheusError> {
        let thread = threads.get().map_err(|error| endpoint.failed(error))?;
        let (recorder, address) = endpoint.serve(&thread)?;
        self.prometheus = Some(address);
        Ok(super::Served::new(recorder, thread))
    }

    /// Returns where metrics are served.
    #[cfg(feature = "prometheus")]
    pub(crate) fn prometheus_address(&self) -> Option<std::net::SocketAddr> {
        self.prometheus
    }

    /// Opens the way to a collector. Nothing is sent yet.
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

    /// Starts to send, and returns the recorders of what is sent.
    #[cfg(feature = "otlp")]
    pub(crate) fn start(&mut self) -> impl Iterator<Item = SharedRecorder> + use<> {
        let started = self.opened.drain(..).map(Sender::start);
        let started: Vec<_> = started.collect();
        self.otlp.extend(started.iter().cloned());
        let shared = |recorder| Arc::new(recorder) as SharedRecorder;
        started.into_iter().map(shared)
    }

    /// Returns how many exports to each collector failed.
    #[cfg(feature = "otlp")]
    pub(crate) fn otlp_failures(&self) -> impl Iterator<Item = u64> {
        self.otlp.iter().map(OtelRecorder::failures)
    }

    /// Sends what there is.
    pub(crate) fn flush(&self) {
        #[cfg(feature = "otlp")]
        at_once(&self.otlp, OtelRecorder::flush);
    }

    /// Sends what there is, once more, and ends.
    pub(crate) fn shutdown(&self) {
        #[cfg(feature = "otlp")]
        at_once(&self.otlp, OtelRecorder::shutdown);
    }
}
