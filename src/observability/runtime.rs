//! The parts for a process's runtime, recorder, subscriber and codec.

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
    metrics::{FacadeMeter, MeterProvider, ReplayRecorder, SharedRecorder},
    trace::TracerProvider,
};

impl Observability {
    /// Returns the options of the SDK's runtime, with the core's metrics: slots, pollers,
    /// latencies.
    ///
    /// A worker whose runtime was created without them warns when it starts. Use
    /// [`telemetry_options`](Self::telemetry_options) to set the runtime's other options yourself.
    #[must_use]
    pub fn runtime_options(&self) -> RuntimeOptions {
        let options = RuntimeOptions::builder().telemetry_options(self.telemetry_options());
        // Only options that are not set here can be invalid.
        options.build().unwrap_or_default()
    }

    /// Returns the options for the SDK's `RuntimeOptions::builder().telemetry_options(…)`.
    ///
    /// They have the meter of the core's metrics, if metrics have somewhere to go, and no logging:
    /// otherwise the core would replace the thread's `tracing` subscriber with its own.
    #[must_use]
    pub fn telemetry_options(&self) -> TelemetryOptions {
        telemetry_options(self.outputs.pipeline.meter())
    }

    /// Returns the recorder of users' own metrics, for processes that set their own recorder.
    /// [`Builder::install`](crate::Builder::install) sets it.
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

    /// Returns the tracer provider for an application's own spans. Without a place to send spans
    /// to, its spans do nothing.
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

    /// Wraps a provider of instruments of OpenTelemetry's, so that what workflow code counts with
    /// them counts once, and has the labels of what executes: see [`MeterProvider`]. Where they go
    /// stays the provider's business.
    ///
    /// ```
    /// use chronoscope::Observability;
    /// use opentelemetry::{KeyValue, global};
    /// use opentelemetry_sdk::metrics::SdkMeterProvider;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let observability = Observability::builder().build()?;
    /// let yours = SdkMeterProvider::default();
    /// global::set_meter_provider(observability.meter_provider(yours));
    ///
    /// // Anywhere, workflow code included.
    /// let packed = global::meter("parcels").u64_counter("parcels.packed").build();
    /// packed.add(1, &[KeyValue::new("kind", "express")]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn meter_provider(
        &self,
        theirs: impl opentelemetry::metrics::MeterProvider + Send + Sync + 'static,
    ) -> MeterProvider {
        self.outputs.pipeline.meter_provider(theirs)
    }
}

#[cfg(feature = "logs")]
impl Observability {
    /// Returns the layer that writes lines as set up with [`Builder::logs`](crate::Builder::logs),
    /// for your own subscriber: gated, filtered, with ids, behind buffers. Make it the first layer
    /// of a [`Registry`](tracing_subscriber::Registry).
    ///
    /// Returns `None` after [`Builder::install`](crate::Builder::install), which takes it, and at
    /// every further call.
    #[must_use]
    pub fn log_layer(
        &self,
    ) -> Option<impl tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync + use<>>
    {
        self.outputs.lines.layer()
    }

    /// Returns the layer that turns `tracing` spans into OpenTelemetry's, for your own subscriber.
    /// [`Builder::install`](crate::Builder::install) adds it.
    ///
    /// Log events become events of their span, except in a workflow's own code and its signal and
    /// update handlers: a span that a replay finishes would lack the events that the replay
    /// suppresses. Their lines have the ids of the span all the same.
    ///
    /// A [`ReplayFilter`](crate::logs::ReplayFilter) over the whole subscriber must let spans pass:
    /// see [`GlobalReplayFilter::with_spans`](crate::logs::GlobalReplayFilter::with_spans).
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

    /// Returns the layer that sends log records to the collectors of
    /// [`Builder::logs`](crate::Builder::logs), for your own subscriber: gated, filtered, with ids.
    ///
    /// Returns `None` if there is no collector, after [`Builder::install`](crate::Builder::install),
    /// which takes it, and at every further call: two of them would send everything twice.
    ///
    /// ```
    /// use chronoscope::{Observability, export::Collector};
    /// use tracing_subscriber::{fmt, layer::SubscriberExt as _};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let observability = Observability::builder()
    ///     .logs(|l| l.otlp(Collector::at("http://localhost:4317")))
    ///     .build()?;
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(fmt::layer())
    ///     .with(observability.log_record_layer());
    /// # drop(subscriber);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "otlp")]
    #[must_use]
    pub fn log_record_layer<S>(
        &self,
    ) -> Option<impl tracing_subscriber::Layer<S> + Send + Sync + use<S>>
    where
        S: tracing::Subscriber
            + Send
            + Sync
            + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
    {
        self.outputs.lines.records.as_ref()?.gated()
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
