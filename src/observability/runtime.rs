//! What a process makes its runtime, recorder, subscriber and codec of.

use std::sync::Arc;

use temporalio_common::telemetry::{
    TelemetryOptions,
    metrics::{CoreMeter, TemporalMeter},
    telemetry_init,
};
use temporalio_sdk::runtime::RuntimeOptions;

use super::Observability;
#[cfg(feature = "logs")]
use crate::logs::BoxedLayer;
use crate::{
    client::MeasuredCodec,
    metrics::{FacadeMeter, ReplayRecorder, SharedRecorder},
    trace::TracerProvider,
};

impl Observability {
    /// Returns the options of the SDK's runtime, with the core's metrics: slots, pollers, latencies.
    ///
    /// A worker whose runtime was made without them warns when it starts.
    /// [`telemetry_options`](Self::telemetry_options) are for people who set the runtime's other
    /// options.
    #[must_use]
    pub fn runtime_options(&self) -> RuntimeOptions {
        let options = RuntimeOptions::builder().telemetry_options(self.telemetry_options());
        // Only options that are not set here can be wrong.
        options.build().unwrap_or_default()
    }

    /// Returns the options for the SDK's `RuntimeOptions::builder().telemetry_options(…)`.
    ///
    /// They hold the meter of the core's metrics, if metrics have somewhere to go, and no logging:
    /// with some, the core would replace the thread's `tracing` subscriber by its own.
    #[must_use]
    pub fn telemetry_options(&self) -> TelemetryOptions {
        telemetry_options(self.outputs.pipeline.meter())
    }

    /// Returns the recorder of users' own metrics, for people who set the process's recorder
    /// themselves. [`Builder::install`](crate::Builder::install) sets it.
    #[must_use]
    pub fn recorder(&self) -> ReplayRecorder<SharedRecorder> {
        self.outputs.pipeline.user_recorder()
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
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let observability = Observability::builder().build()?;
    /// let codec = observability.codec(DefaultPayloadCodec);
    /// let converter =
    ///     DataConverter::new(PayloadConverter::default(), DefaultFailureConverter::default(), codec);
    /// let options = ClientOptions::new("default").data_converter(converter).build();
    /// # let _ = options;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn codec<C>(&self, inner: C) -> MeasuredCodec<C> {
        MeasuredCodec::new(inner, self.outputs.pipeline.measures().cloned())
    }

    /// Returns what makes tracers for an application's own spans. With no place to send spans to, it
    /// makes none.
    ///
    /// ```
    /// use chronoscope::Observability;
    /// use opentelemetry::global;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let observability = Observability::builder().build()?;
    /// global::set_tracer_provider(observability.tracer_provider());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tracer_provider(&self) -> TracerProvider {
        TracerProvider::new(self.observer.traced().cloned())
    }
}

#[cfg(feature = "logs")]
impl Observability {
    /// Returns the layer that writes the lines that [`Builder::logs`](crate::Builder::logs) set up,
    /// for people who have a subscriber of their own: gated, filtered, with ids, behind buffers. It is
    /// the first layer of a [`Registry`](tracing_subscriber::Registry).
    ///
    /// `None` after [`Builder::install`](crate::Builder::install), which takes it, and when it was
    /// taken before.
    #[must_use]
    pub fn log_layer(
        &self,
    ) -> Option<impl tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync + use<>>
    {
        self.outputs.lines.layer()
    }

    /// Returns the layer that turns `tracing` spans into OpenTelemetry's, for people who have a
    /// subscriber of their own. [`Builder::install`](crate::Builder::install) adds it.
    ///
    /// Log events become events of the span that they are in, except in a workflow's own code and
    /// its handlers of signals and updates: what a replay does not log again would be missing in a
    /// span that a replay finishes. Their lines carry the ids of the span all the same.
    ///
    /// A [`ReplayFilter`](crate::logs::ReplayFilter) over the whole subscriber needs to let spans
    /// through: see [`GlobalReplayFilter::with_spans`](crate::logs::GlobalReplayFilter::with_spans).
    #[must_use]
    pub fn tracing_layer<S>(&self) -> impl tracing_subscriber::Layer<S> + Send + Sync + use<S>
    where
        S: tracing::Subscriber
            + Send
            + Sync
            + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
    {
        crate::trace::layer(&self.tracer_provider())
    }

    pub(super) fn bridge(&self) -> Option<BoxedLayer> {
        self.observer.traced()?;
        Some(Box::new(self.tracing_layer()))
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
