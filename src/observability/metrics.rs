use std::sync::Arc;

use metrics::Recorder;
use temporalio_common::telemetry::{
    TelemetryOptions,
    metrics::{CoreMeter, TemporalMeter},
    telemetry_init,
};

use super::{Builder, Observability};
use crate::metrics::{FacadeMeter, Naming};

impl Builder {
    /// Sets the recorder that the SDK core's own metrics go to. Default: none, and no metrics.
    ///
    /// Hand [`Observability::telemetry_options`] to the SDK's runtime; the
    /// [layer](crate::ObservabilityLayer) over the connection's options does the rest.
    pub fn core_metrics(
        mut self,
        recorder: impl Recorder + Send + Sync + 'static,
        naming: Naming,
    ) -> Self {
        self.meter = Some(FacadeMeter::new(recorder, naming));
        self
    }
}

impl Observability {
    /// Returns the options for the SDK's `RuntimeOptions::builder().telemetry_options(…)`.
    ///
    /// They hold the meter of [`Builder::core_metrics`], if one was set, and no logging: with
    /// some, the core would replace the thread's `tracing` subscriber by its own.
    #[must_use]
    pub fn telemetry_options(&self) -> TelemetryOptions {
        let meter = self.meter.clone();
        TelemetryOptions::builder()
            .maybe_metrics(meter.map(|meter| Arc::new(meter) as Arc<dyn CoreMeter>))
            .attach_service_name(false)
            .build()
    }

    /// Returns the meter for a connection's options, with the core's prefix on its names.
    pub(super) fn connection_meter(&self) -> Option<TemporalMeter> {
        self.meter.as_ref()?;
        telemetry_init(self.telemetry_options())
            .ok()?
            .get_temporal_metric_meter()
    }
}
