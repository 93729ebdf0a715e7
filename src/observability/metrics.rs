use std::sync::Arc;

use metrics::Recorder;
use temporalio_common::telemetry::{
    TelemetryOptions,
    metrics::{CoreMeter, TemporalMeter},
    telemetry_init,
};

use super::{Builder, InvalidEnv, Observability, env::read};
#[cfg(feature = "prometheus")]
use crate::metrics::export::{Prometheus, PrometheusError};
use crate::{
    client::MeasuredCodec,
    metrics::{CardinalityLimits, FacadeMeter, Naming, ReplayRecorder, SharedRecorder, Shield},
};
#[cfg(feature = "otlp")]
use crate::{export::OtlpError, metrics::export::Otlp};

impl Builder {
    /// Serves all metrics to Prometheus: the core's, ours, and those of users' macros. Default:
    /// not served.
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    ///
    /// use chronoscope::Observability;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let observability = Observability::builder()
    ///     .prometheus(SocketAddr::from(([127, 0, 0, 1], 9464)))?
    ///     .build();
    /// # let _ = observability;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`PrometheusError`] names the address: the port is in use, or is not of this machine.
    #[cfg(feature = "prometheus")]
    pub fn prometheus(mut self, endpoint: impl Into<Prometheus>) -> Result<Self, PrometheusError> {
        let recorder = self.metrics.exports.prometheus(&endpoint.into())?;
        self.metrics.recorders.push(Arc::new(recorder));
        Ok(self)
    }

    /// Sends all metrics to an OpenTelemetry collector, unless the environment that this builder is
    /// [from](Observability::from_env) has `OTEL_SDK_DISABLED`. Default: not sent.
    ///
    /// # Errors
    ///
    /// [`OtlpError`] names the endpoint: it can't be one. A collector that does not answer is no
    /// error: it is tried again, and the failures are counted.
    #[cfg(feature = "otlp")]
    pub fn otlp_metrics(mut self, collector: impl Into<Otlp>) -> Result<Self, OtlpError> {
        if !self.otel_disabled {
            let recorder = self.metrics.exports.otlp(&collector.into())?;
            self.metrics.recorders.push(Arc::new(recorder));
        }
        Ok(self)
    }

    /// Adds a recorder of the user's that all metrics go to: the core's, ours, and those of users'
    /// macros. Default: none.
    ///
    /// Hand [`Observability::telemetry_options`] to the SDK's runtime; the
    /// [layer](crate::ObservabilityLayer) over the options of connection and worker does the rest.
    /// A recorder that panics loses what it panics on, and hurts no task.
    pub fn metrics(mut self, recorder: impl Recorder + Send + Sync + 'static) -> Self {
        self.metrics.recorders.push(Arc::new(Shield(recorder)));
        self
    }

    /// Sets how metrics are named. Default: by Prometheus's conventions.
    pub fn metric_naming(mut self, naming: Naming) -> Self {
        self.metrics.naming = naming;
        self
    }

    /// Sets how many series there may be. Default: [`CardinalityLimits::default`].
    pub fn cardinality_limits(mut self, limits: CardinalityLimits) -> Self {
        self.metrics.limits = limits;
        self
    }

    /// Names the activity types of this process's workers, whose counters then are there as zero
    /// from the start. Default: none, and each is there from its first execution.
    ///
    /// The SDK tells the workflow types of a worker, but not its activity types.
    pub fn activity_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        let types = types.into_iter().map(Into::into);
        self.metrics.activity_types.extend(types);
        self
    }

    /// Sets what the environment says of metrics.
    pub(super) fn metrics_from_env(mut self) -> Result<Self, InvalidEnv> {
        if let Some(naming) = read("CHRONOSCOPE_METRIC_NAMING")? {
            self.metrics.naming = naming;
        }
        super::exporters::from_env(self)
    }
}

impl Observability {
    /// Returns the options for the SDK's `RuntimeOptions::builder().telemetry_options(…)`.
    ///
    /// They hold the meter of the core's metrics, if metrics have somewhere to go, and no logging:
    /// with some, the core would replace the thread's `tracing` subscriber by its own.
    #[must_use]
    pub fn telemetry_options(&self) -> TelemetryOptions {
        telemetry_options(self.pipeline.meter())
    }

    /// Returns the recorder of users' own metrics, for people who set the process's recorder
    /// themselves. [`Builder::install`] sets it.
    #[must_use]
    pub fn recorder(&self) -> ReplayRecorder<SharedRecorder> {
        self.pipeline.user_recorder()
    }

    /// Wraps a payload codec so that the sizes of payloads are measured as encoded.
    ///
    /// ```
    /// use chronoscope::Observability;
    /// use temporalio_client::ClientOptions;
    /// use temporalio_common::data_converters::{
    ///     DataConverter, DefaultFailureConverter, DefaultPayloadCodec, PayloadConverter,
    /// };
    ///
    /// let observability = Observability::builder().build();
    /// let codec = observability.codec(DefaultPayloadCodec);
    /// let converter =
    ///     DataConverter::new(PayloadConverter::default(), DefaultFailureConverter::default(), codec);
    /// let options = ClientOptions::new("default").data_converter(converter).build();
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn codec<C>(&self, inner: C) -> MeasuredCodec<C> {
        MeasuredCodec::new(inner, self.pipeline.measures().cloned())
    }

    /// Returns where metrics are served, if they are: with port 0, which port that came to be.
    #[cfg(feature = "prometheus")]
    #[must_use]
    pub fn prometheus_address(&self) -> Option<std::net::SocketAddr> {
        self.pipeline.exports.prometheus_address()
    }
}

fn telemetry_options(meter: Option<&FacadeMeter>) -> TelemetryOptions {
    let meter = meter.cloned();
    TelemetryOptions::builder()
        .maybe_metrics(meter.map(|meter| Arc::new(meter) as Arc<dyn CoreMeter>))
        .attach_service_name(false)
        .build()
}

/// Returns the meter for a connection's options, with the core's prefix on its names.
pub(super) fn connection_meter(meter: Option<&FacadeMeter>) -> Option<TemporalMeter> {
    meter?;
    telemetry_init(telemetry_options(meter))
        .ok()?
        .get_temporal_metric_meter()
}
