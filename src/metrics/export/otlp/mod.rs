//! Metrics for an OpenTelemetry collector.

mod counted;
mod exported;
mod temporality;
mod views;

use std::{fmt, sync::Arc, time::Duration};

use opentelemetry_otlp::{ExporterBuildError, MetricExporter};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
};

use self::counted::Counted;
pub(crate) use self::exported::Exported;
pub use self::temporality::Temporality;
use super::buckets::Buckets;
use crate::{
    env::Warnings,
    export::{Collector, ExportThread, Interval, METRICS, OtlpError, Sending, Settings},
};

/// How often metrics are sent by default.
const INTERVAL: Duration = Duration::from_secs(60);

/// Metrics for an OpenTelemetry collector, for
/// [`MetricsBuilder::otlp`](crate::metrics::MetricsBuilder::otlp).
///
/// The defaults are OpenTelemetry's own variables: `OTEL_METRIC_EXPORT_INTERVAL`,
/// `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
///
/// ```
/// use std::time::Duration;
///
/// use chronoscope::{export::Collector, metrics::export::Otlp};
///
/// let collector = Collector::at("http://localhost:4317").service_name("orders");
/// let metrics = Otlp::to(collector).interval(Duration::from_secs(10));
/// # let _ = metrics;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Otlp {
    collector: Collector,
    interval: Option<Duration>,
    temporality: Option<Temporality>,
    buckets: Buckets,
}

impl Otlp {
    /// Sends to a collector.
    #[must_use]
    pub fn to(collector: Collector) -> Self {
        Self {
            collector,
            ..Self::default()
        }
    }

    /// Sets how often metrics are sent. Default: once a minute.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Sets where exported counts start. Default: [`Temporality::Cumulative`].
    #[must_use]
    pub fn temporality(mut self, temporality: Temporality) -> Self {
        self.temporality = Some(temporality);
        self
    }

    /// Sets the upper bounds of a histogram's buckets, by its exported name and in any order.
    /// Default: those of the [catalogue](crate::schema::Metric), and for others three per decade
    /// from 0.001 to 100,000.
    #[must_use]
    pub fn buckets(
        mut self,
        metric: impl Into<String>,
        bounds: impl IntoIterator<Item = f64>,
    ) -> Self {
        let bounds = bounds.into_iter().collect();
        self.buckets.set(metric.into(), bounds);
        self
    }

    /// Opens the connection to the collector. Nothing is sent yet.
    pub(crate) fn open(
        self,
        thread: Arc<ExportThread>,
        warnings: &mut Warnings,
    ) -> Result<Sender, OtlpError> {
        let settings = Settings::of(&self.collector, &METRICS, warnings)?;
        let temporality = self
            .temporality
            .or_else(|| warnings.read("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"));
        let interval = self.interval.or_else(|| {
            let said = warnings.read("OTEL_METRIC_EXPORT_INTERVAL");
            said.map(|Interval(interval)| interval)
        });
        // The channel's tasks live on the exporters' runtime.
        let entered = thread.enter();
        let exporter = exporter(&settings, temporality.unwrap_or_default())?;
        drop(entered);
        Ok(Sender {
            exporter: Counted::new(exporter, Sending::new(&settings, thread.runtime())),
            interval: interval.filter(|interval| !interval.is_zero()),
            buckets: self.buckets,
            resource: settings.resource,
            thread,
        })
    }

    pub(super) fn failed(&self, error: std::io::Error) -> OtlpError {
        self.collector.failed(error)
    }
}

fn exporter(settings: &Settings, temporality: Temporality) -> Result<MetricExporter, OtlpError> {
    let exporter = MetricExporter::builder().with_temporality(temporality.into());
    let built = match settings.is_http() {
        true => settings.http(exporter.with_http()).build(),
        false => settings.grpc(exporter.with_tonic()).build(),
    };
    built.map_err(|error: ExporterBuildError| settings.failed(error))
}

/// Sends metrics to a collector, once it is started.
pub(crate) struct Sender {
    exporter: Counted<MetricExporter>,
    interval: Option<Duration>,
    buckets: Buckets,
    resource: Resource,
    thread: Arc<ExportThread>,
}

impl Sender {
    /// Starts to export, and returns the recorder whose metrics are exported: so many series of a
    /// metric at most, which somebody else sees to.
    pub(crate) fn start(self, most_series: usize) -> Exported {
        let failures = self.exporter.failures();
        let reader = PeriodicReader::builder(self.exporter)
            .with_interval(self.interval.unwrap_or(INTERVAL))
            .build();
        let provider = SdkMeterProvider::builder()
            .with_reader(reader)
            .with_resource(self.resource)
            .with_view(views::bounded(most_series))
            .build();
        Exported::new(provider, &self.buckets, failures, self.thread)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl From<Collector> for Otlp {
    fn from(collector: Collector) -> Self {
        Self::to(collector)
    }
}
