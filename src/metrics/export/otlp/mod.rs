mod counted;
mod family;
mod recorder;

use std::{error::Error, fmt, time::Duration};

use opentelemetry_otlp::{MetricExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
};

use self::counted::Counted;
pub(crate) use self::recorder::OtelRecorder;
use super::{ExportThread, buckets::Buckets};

/// An OpenTelemetry collector, for [`Builder::otlp_metrics`](crate::Builder::otlp_metrics).
///
/// Metrics go there by gRPC. What is not set here is what OpenTelemetry's own variables say:
/// `OTEL_EXPORTER_OTLP_ENDPOINT` and its likes, `OTEL_METRIC_EXPORT_INTERVAL`,
/// `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`.
///
/// ```
/// use std::time::Duration;
///
/// use chronoscope::metrics::export::Otlp;
///
/// let collector = Otlp::default()
///     .endpoint("http://localhost:4317")
///     .service_name("orders")
///     .interval(Duration::from_secs(10));
/// # let _ = collector;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Otlp {
    endpoint: Option<String>,
    interval: Option<Duration>,
    service_name: Option<String>,
    buckets: Buckets,
}

impl Otlp {
    /// Sets the collector's address. Default: `http://localhost:4317`.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets how often metrics are sent. Default: once a minute.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Sets the resource's `service.name`.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Sets the upper bounds of a histogram's buckets, by its exported name. Default: those of the
    /// [catalogue](crate::schema::Metric), and for others three a decade from 0.001 to 100,000.
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

    /// Starts to export, and returns the recorder whose metrics are exported.
    pub(crate) fn export(&self, thread: &ExportThread) -> Result<OtelRecorder, OtlpError> {
        let mut exporter = MetricExporter::builder().with_tonic();
        if let Some(endpoint) = &self.endpoint {
            exporter = exporter.with_endpoint(endpoint);
        }
        // The channel's tasks live on the exporters' runtime.
        let entered = thread.enter();
        let exporter = exporter.build().map_err(|error| self.failed(error))?;
        drop(entered);

        let exporter = Counted::new(exporter);
        let failures = exporter.failures();
        let mut reader = PeriodicReader::builder(exporter);
        if let Some(interval) = self.interval {
            reader = reader.with_interval(interval);
        }
        let mut resource = Resource::builder();
        if let Some(name) = &self.service_name {
            resource = resource.with_service_name(name.clone());
        }
        let provider = SdkMeterProvider::builder()
            .with_reader(reader.build())
            .with_resource(resource.build())
            .build();
        Ok(OtelRecorder::new(provider, &self.buckets, failures))
    }

    pub(super) fn failed(&self, source: impl Into<Box<dyn Error + Send + Sync>>) -> OtlpError {
        OtlpError {
            endpoint: self.endpoint.clone(),
            source: source.into(),
        }
    }
}

/// The error of a collector that metrics can't be sent to.
#[derive(Debug)]
pub struct OtlpError {
    endpoint: Option<String>,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot send metrics by OTLP")?;
        if let Some(endpoint) = &self.endpoint {
            write!(f, " to {endpoint:?}")?;
        }
        f.write_str(": name a collector's gRPC endpoint, such as http://localhost:4317")
    }
}

impl Error for OtlpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
