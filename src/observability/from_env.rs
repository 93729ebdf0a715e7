//! What the environment says, before anything is opened.

use super::{Builder, Observability, error::Rebuilds};
#[cfg(feature = "logs")]
use crate::logs::LogsBuilder;
use crate::{
    env::{InvalidEnv, Warnings, read},
    execution::Policy,
    metrics::MetricsBuilder,
    trace::TracesBuilder,
};

impl Observability {
    /// Returns a builder with what the environment says. Nothing is opened or started yet.
    ///
    /// | variable | default | what it sets |
    /// |---|---|---|
    /// | `RUST_LOG` | `info` | [`LogsBuilder::filter`](crate::logs::LogsBuilder::filter), in the syntax of [`EnvFilter`](tracing_subscriber::EnvFilter) |
    /// | `CHRONOSCOPE_LOG_FORMAT` | `full` | [`LogsBuilder::format`](crate::logs::LogsBuilder::format): `full`, `compact`, `pretty` or `json` |
    /// | `OTEL_METRICS_EXPORTER` | `otlp` if one of its endpoints is set, otherwise `none` | where metrics go: a list of `prometheus`, `otlp` and `none` |
    /// | `OTEL_EXPORTER_PROMETHEUS_HOST`, `…_PORT` | `127.0.0.1`, `9464` | the address of the Prometheus endpoint |
    /// | `OTEL_TRACES_EXPORTER` | `otlp` if one of its endpoints is set, otherwise `none` | where spans go: `otlp` or `none` |
    /// | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | `parentbased_always_on` | [`TracesBuilder::sampling`]: `always_on`, `always_off` or `traceidratio`, also after `parentbased_`; a parent always decides |
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, `…_TRACES_ENDPOINT` | `http://localhost:4317` | the collector |
    /// | `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, `…_TRACES_PROTOCOL` | `grpc` | how it is spoken to: `grpc` or `http/protobuf` |
    /// | `OTEL_EXPORTER_OTLP_HEADERS`, `…_TIMEOUT` and those of one signal | | what OpenTelemetry's exporters make of them |
    /// | `OTEL_BSP_MAX_QUEUE_SIZE`, `OTEL_BSP_SCHEDULE_DELAY` and the like | `16384`, `5000` | how spans are batched |
    /// | `OTEL_METRIC_EXPORT_INTERVAL` | `60000` | how often metrics are sent, in milliseconds |
    /// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | | the resource that metrics and spans belong to |
    /// | `OTEL_SDK_DISABLED` | `false` | `true` leaves out the exporters that the environment asks for |
    /// | `CHRONOSCOPE_METRIC_NAMING` | `prometheus` | [`MetricsBuilder::naming`]: `prometheus` or `core` |
    /// | `CHRONOSCOPE_REPLAY` | `suppress` | [`Builder::replay_policy`]: `suppress` or `show` |
    ///
    /// # Code over environment
    ///
    /// What the program says afterwards replaces what the environment says of the same thing, and
    /// nothing is sent twice to the same end:
    ///
    /// | environment | program | what happens |
    /// |---|---|---|
    /// | `OTEL_METRICS_EXPORTER=prometheus` | | served where the environment says |
    /// | `OTEL_METRICS_EXPORTER=prometheus` | [`.metrics(\|m\| m.prometheus(address))`](MetricsBuilder::prometheus) | served at `address` alone |
    /// | `OTEL_METRICS_EXPORTER=prometheus` | [`.metrics(\|m\| m.otlp(collector))`](MetricsBuilder::otlp) | served, and sent to `collector`: two exporters |
    /// | `OTEL_METRICS_EXPORTER=otlp` or an endpoint | `.metrics(\|m\| m.otlp(collector))` | sent to `collector` alone |
    /// | `OTEL_TRACES_EXPORTER=otlp` or an endpoint | [`.traces(\|t\| t.otlp(collector))`](TracesBuilder::otlp) | sent to `collector` alone |
    /// | either | `otlp(a)` and `otlp(b)` | sent to both |
    /// | either | [`recorder`](MetricsBuilder::recorder), [`processor`](TracesBuilder::processor) | in addition to the exporter of the environment |
    /// | an endpoint | `otlp(Collector::default())` | sent to the endpoint of the environment, once |
    /// | `OTEL_METRICS_EXPORTER=none`, `OTEL_SDK_DISABLED=true` | an exporter | as the program says |
    /// | `OTEL_TRACES_SAMPLER`, `RUST_LOG`, `CHRONOSCOPE_*` | the setter | as the program says |
    ///
    /// # Errors
    ///
    /// [`InvalidEnv`] names the variable, its value and what it may be. `CHRONOSCOPE_REPLAY=rebuild`
    /// is one: a worker with it would export every span again at each replay.
    pub fn from_env() -> Result<Builder, InvalidEnv> {
        const REPLAY: &str = "CHRONOSCOPE_REPLAY";
        let policy: Option<Policy> = read(REPLAY)?;
        if policy == Some(Policy::Rebuild) {
            return Err(InvalidEnv::new(REPLAY, "rebuild", Rebuilds));
        }
        let mut warnings = Warnings::default();
        Ok(Builder {
            policy: policy.unwrap_or_default(),
            #[cfg(feature = "logs")]
            logs: LogsBuilder::from_env()?,
            metrics: MetricsBuilder::from_env(&mut warnings)?,
            traces: TracesBuilder::from_env(&mut warnings),
            warnings,
            ..Builder::default()
        })
    }
}
