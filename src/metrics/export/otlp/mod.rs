//! Metrics for an OpenTelemetry collector.

mod counted;
mod family;
mod names;
mod recorder;
mod units;
mod views;

use std::{sync::Arc, time::Duration};

use opentelemetry_otlp::{ExporterBuildError, MetricExporter};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use self::counted::Counted;
pub(crate) use self::recorder::OtelRecorder;
use super::buckets::Buckets;
use crate::export::{Collector, ExportThread, OtlpError};

/// Metrics for an OpenTelemetry collector, for
/// [`MetricsBuilder::otlp`](crate::metrics::MetricsBuilder::otlp).
///
/// What is not set here is what OpenTelemetry's own variables say, such as
/// `OTEL_METRIC_EXPORT_INTERVAL`.
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

    /// Sets the upper bounds of a histogram's buckets, by its exported name and in any order. Default:
    /// those of the [catalogue](crate::schema::Metric), and for others three a decade from 0.001 to
    /// 100,000.
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

    /// Opens the way to the collector. Nothing is sent yet.
    pub(crate) fn open(self, thread: Arc<ExportThread>) -> Result<Sender, OtlpError> {
        // The channel's tasks live on the exporters' runtime.
        let entered = thread.enter();
        let exporter = self.exporter()?;
        drop(entered);
        Ok(Sender {
            exporter,
            settings: self,
            thread,
        })
    }

    fn exporter(&self) -> Result<MetricExporter, OtlpError> {
        let failed = |error: ExporterBuildError| self.collector.failed(error);
        let exporter = MetricExporter::builder();
        if self.collector.is_http() {
            let exporter = self.collector.http(exporter.with_http(), "/v1/metrics")?;
            return exporter.build().map_err(failed);
        }
        self.collector
            .grpc(exporter.with_tonic())?
            .build()
            .map_err(failed)
    }

    pub(super) fn failed(&self, error: std::io::Error) -> OtlpError {
        self.collector.failed(error)
    }
}

/// What sends metrics to a collector, once it is started.
#[derive(Debug)]
pub(crate) struct Sender {
    exporter: MetricExporter,
    settings: Otlp,
    thread: Arc<ExportThread>,
}

impl Sender {
    /// Starts to export, and returns the recorder whose metrics are exported: so many series of a
    /// metric at most, which somebody else sees to.
    pub(crate) fn start(self, most_series: usize) -> OtelRecorder {
        let exporter = Counted::new(self.exporter, self.thread.runtime());
        let failures = exporter.failures();
        let mut reader = PeriodicReader::builder(exporter);
        if let Some(interval) = self.settings.interval {
            reader = reader.with_interval(interval);
        }
        let provider = SdkMeterProvider::builder()
            .with_reader(reader.build())
            .with_resource(self.settings.collector.resource())
            .with_view(views::bounded(most_series))
            .build();
        OtelRecorder::new(provider, &self.settings.buckets, failures, self.thread)
    }
}

impl From<Collector> for Otlp {
    fn from(collector: Collector) -> Self {
        Self::to(collector)
    }
}
