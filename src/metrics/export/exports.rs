#[cfg(any(feature = "prometheus", feature = "otlp"))]
use crate::export::ExportThread;
use crate::metrics::Measures;

/// The exporters of a process.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    #[cfg(any(feature = "prometheus", feature = "otlp"))]
    thread: Option<ExportThread>,
    #[cfg(feature = "prometheus")]
    prometheus: Option<std::net::SocketAddr>,
    #[cfg(feature = "otlp")]
    otlp: Option<super::otlp::OtelRecorder>,
}

impl Exports {
    /// Starts an endpoint and returns the recorder of what it serves.
    #[cfg(feature = "prometheus")]
    pub(crate) fn prometheus(
        &mut self,
        endpoint: &super::Prometheus,
    ) -> Result<metrics_exporter_prometheus::PrometheusRecorder, super::PrometheusError> {
        let thread = self.thread().map_err(|error| endpoint.failed(error))?;
        let (recorder, address) = endpoint.serve(thread)?;
        self.prometheus = Some(address);
        Ok(recorder)
    }

    /// Returns where metrics are served.
    #[cfg(feature = "prometheus")]
    pub(crate) fn prometheus_address(&self) -> Option<std::net::SocketAddr> {
        self.prometheus
    }

    /// Starts to export to a collector and returns the recorder of what is exported.
    #[cfg(feature = "otlp")]
    pub(crate) fn otlp(
        &mut self,
        collector: &super::Otlp,
    ) -> Result<super::otlp::OtelRecorder, crate::export::OtlpError> {
        let thread = self.thread().map_err(|error| collector.failed(error))?;
        let recorder = collector.export(thread)?;
        self.otlp = Some(recorder.clone());
        Ok(recorder)
    }

    /// Returns how many exports to a collector failed, if there are any.
    #[cfg(all(feature = "otlp", feature = "introspect"))]
    pub(crate) fn otlp_failures(&self) -> Option<u64> {
        Some(self.otlp.as_ref()?.failures())
    }

    #[cfg(any(feature = "prometheus", feature = "otlp"))]
    fn thread(&mut self) -> std::io::Result<&ExportThread> {
        let started = match self.thread.take() {
            Some(thread) => thread,
            None => ExportThread::start("chronoscope-export")?,
        };
        Ok(self.thread.insert(started))
    }

    /// Does something every few seconds for as long as there are exporters.
    #[cfg_attr(
        not(any(feature = "prometheus", feature = "otlp")),
        expect(unused_variables, reason = "no exporter is compiled")
    )]
    pub(crate) fn keep_up(&self, upkeep: impl Fn() + Send + 'static) {
        #[cfg(any(feature = "prometheus", feature = "otlp"))]
        if let Some(thread) = &self.thread {
            thread.keep_up(upkeep);
        }
    }

    /// Keeps the count of failed exports among the metrics.
    #[cfg_attr(
        not(feature = "otlp"),
        expect(unused_variables, reason = "no such exporter is compiled")
    )]
    pub(crate) fn measure(&self, measures: &Measures) {
        #[cfg(feature = "otlp")]
        if let Some(recorder) = self.otlp.clone() {
            let measures = measures.clone();
            self.keep_up(move || {
                measures
                    .health()
                    .otlp_failures
                    .absolute(recorder.failures());
            });
        }
    }

    /// Sends what there is, once more, and ends.
    pub(crate) fn shutdown(&self) {
        #[cfg(feature = "otlp")]
        if let Some(recorder) = &self.otlp {
            recorder.shutdown();
        }
    }
}
