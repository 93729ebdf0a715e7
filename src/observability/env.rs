use std::{fmt, str::FromStr};

use super::{Builder, Observability};

impl Observability {
    /// Returns a builder with what the environment says.
    ///
    /// | variable | default | what it sets |
    /// |---|---|---|
    /// | `RUST_LOG` | `info` | [`Builder::log_filter`], in the syntax of [`EnvFilter`](tracing_subscriber::EnvFilter) |
    /// | `CHRONOSCOPE_LOG_FORMAT` | `full` | [`Builder::log_format`]: `full`, `compact`, `pretty` or `json` |
    /// | `OTEL_METRICS_EXPORTER` | `otlp` if one of its endpoints is set, else `none` | where metrics go: a list of `prometheus`, `otlp` and `none` |
    /// | `OTEL_EXPORTER_PROMETHEUS_HOST`, `…_PORT` | `127.0.0.1`, `9464` | the address of the Prometheus endpoint |
    /// | `OTEL_TRACES_EXPORTER` | `otlp` if one of its endpoints is set, else `none` | where spans go: `otlp` or `none` |
    /// | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | `parentbased_always_on` | [`Builder::trace_sampling`]: `always_on`, `always_off` or `traceidratio`, also after `parentbased_`; a parent always decides |
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, `…_TRACES_ENDPOINT` | `http://localhost:4317` | the collector |
    /// | `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, `…_TRACES_PROTOCOL` | `grpc` | how it is spoken to: `grpc` or `http/protobuf` |
    /// | `OTEL_EXPORTER_OTLP_HEADERS`, `…_TIMEOUT` and their likes for one signal | | what OpenTelemetry's exporters make of them |
    /// | `OTEL_BSP_MAX_QUEUE_SIZE`, `OTEL_BSP_SCHEDULE_DELAY` and their likes | `16384`, `5000` | how spans are batched |
    /// | `OTEL_METRIC_EXPORT_INTERVAL` | `60000` | how often metrics are sent, in milliseconds |
    /// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | | the resource that metrics and spans belong to |
    /// | `OTEL_SDK_DISABLED` | `false` | `true` leaves out the exporters of the environment, and all collectors |
    /// | `CHRONOSCOPE_METRIC_NAMING` | `prometheus` | [`Builder::metric_naming`]: `prometheus` or `core` |
    /// | `CHRONOSCOPE_REPLAY` | `suppress` | [`Builder::replay_policy`]: `suppress`, `show` or `rebuild` |
    ///
    /// # Errors
    ///
    /// [`InvalidEnv`] names the variable, its value and what it may be.
    pub fn from_env() -> Result<Builder, InvalidEnv> {
        let mut builder = Self::builder();
        if let Some(policy) = read("CHRONOSCOPE_REPLAY")? {
            builder = builder.replay_policy(policy);
        }
        #[cfg(feature = "logs")]
        let builder = builder.logs_from_env()?;
        builder.metrics_from_env()?.traces_from_env()
    }
}

/// Reads a variable. One that is empty counts as absent, as it does for OpenTelemetry's.
pub(super) fn read<T: FromStr>(variable: &'static str) -> Result<Option<T>, InvalidEnv>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let value = value.to_string_lossy().into_owned();
    value.parse().map(Some).map_err(|source| InvalidEnv {
        variable,
        value,
        source: Box::new(source),
    })
}

/// The error of an environment variable whose value can't be used.
#[derive(Debug)]
pub struct InvalidEnv {
    variable: &'static str,
    value: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl InvalidEnv {
    pub(super) fn new(
        variable: &'static str,
        value: impl ToString,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            variable,
            value: value.to_string(),
            source: Box::new(source),
        }
    }
}

impl fmt::Display for InvalidEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot use environment variable {}={:?}: correct the value or unset the variable",
            self.variable, self.value
        )
    }
}

impl std::error::Error for InvalidEnv {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
