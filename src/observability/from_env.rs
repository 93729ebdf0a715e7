//! The settings from the environment, before anything is opened.

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
    /// Returns a builder with the settings of the environment. Nothing is opened or started yet.
    ///
    /// | variable | default | what it sets |
    /// |---|---|---|
    /// | `RUST_LOG` | `info` | [`LogsBuilder::filter`](crate::logs::LogsBuilder::filter), in the syntax of [`EnvFilter`](tracing_subscriber::EnvFilter) |
    /// | `CHRONOSCOPE_LOG_FORMAT` | `full` | [`LogsBuilder::format`](crate::logs::LogsBuilder::format): `full`, `compact`, `pretty` or `json` |
    /// | `CHRONOSCOPE_METRIC_NAMING` | `prometheus` | [`MetricsBuilder::naming`]: `prometheus` or `core` |
    /// | `CHRONOSCOPE_NAMESPACE_LABEL` | `namespace` | [`MetricsBuilder::namespace_label`](crate::metrics::MetricsBuilder::namespace_label) |
    /// | `CHRONOSCOPE_REPLAY` | `suppress` | [`Builder::replay_policy`]: `suppress` or `show` |
    ///
    /// # OpenTelemetry's variables
    ///
    /// All that the specification has. Values of a list that it fixes are read in any case, and a
    /// variable that is empty is unset. A value that can't be used never keeps a worker from starting:
    /// it is ignored with a warning, logged by [`install`](Builder::install), or with
    /// [`build`](Builder::build) as soon as there is a subscriber and something is wired. `…` stands
    /// for `OTEL_EXPORTER_OTLP`; each of its variables is also there for one signal, such as
    /// `…_TRACES_ENDPOINT` and `…_METRICS_ENDPOINT`, which stands above the general one.
    ///
    /// | variable | default | honoured |
    /// |---|---|---|
    /// | `OTEL_SDK_DISABLED` | `false` | `true` leaves out the exporters that the environment selects |
    /// | `OTEL_METRICS_EXPORTER` | `otlp` if one of its endpoints is set, otherwise `none` | a list of `prometheus`, `otlp` and `none`; not `console` |
    /// | `OTEL_TRACES_EXPORTER` | the same | `otlp` or `none`; not `console`, `zipkin` |
    /// | `OTEL_LOGS_EXPORTER`, `…_LOGS_*`, `OTEL_BLRP_*`, `OTEL_LOGRECORD_*` | | no: lines are written, not sent by OTLP |
    /// | `OTEL_EXPORTER_PROMETHEUS_HOST`, `_PORT` | `127.0.0.1`, `9464` | the address of the Prometheus endpoint |
    /// | `…_ENDPOINT` | `http://localhost:4317`, over HTTP `:4318` | the collector. Over HTTP the signal's path is added to the general one. By gRPC an address without a scheme is spoken to by TLS |
    /// | `…_INSECURE` | `false` | `true` speaks in the clear to such an address |
    /// | `…_PROTOCOL` | `grpc` | `grpc` or `http/protobuf`; not `http/json` |
    /// | `…_HEADERS` | | `name=value,other=value`, percent-encoded. General ones, the signal's and the program's are merged name by name |
    /// | `…_COMPRESSION` | `none` | `gzip` or `none` |
    /// | `…_TIMEOUT` | `10000` | milliseconds for sending a batch, with connecting and trying again |
    /// | `…_CERTIFICATE` | the system's | the file with those who may vouch for the collector |
    /// | `SSL_CERT_FILE`, `SSL_CERT_DIR` | | where the system's are |
    /// | `…_CLIENT_CERTIFICATE`, `…_CLIENT_KEY` | | the files with this process's own certificate and key |
    /// | `…_METRICS_TEMPORALITY_PREFERENCE` | `cumulative` | [`Temporality`](crate::metrics::export::Temporality): `cumulative`, `delta` or `lowmemory` |
    /// | `…_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | | no: buckets are those of the [catalogue](crate::schema::Metric) and of the program |
    /// | `…_SPAN_INSECURE`, `…_METRIC_INSECURE` | | no: obsolete |
    /// | `OTEL_EXPORTER_ZIPKIN_*`, `OTEL_EXPORTER_JAEGER_*` | | no: there is no such exporter |
    /// | `OTEL_TRACES_SAMPLER` | `parentbased_always_on` | [`TracesBuilder::sampling`], [`TracesBuilder::parent_sampling`]: `always_on`, `always_off` or `traceidratio`, which follow no parent, or one of these after `parentbased_`, which do; not `jaeger_remote`, `xray`. A ratio is one of workflow ids |
    /// | `OTEL_TRACES_SAMPLER_ARG` | `1` | the ratio |
    /// | `OTEL_BSP_MAX_QUEUE_SIZE`, `_MAX_EXPORT_BATCH_SIZE` | `16384`, `512` | how many spans wait, and how many are sent at once |
    /// | `OTEL_BSP_SCHEDULE_DELAY`, `_EXPORT_TIMEOUT` | `5000`, `30000` | how often spans are sent, and how long that may take, in milliseconds; the shorter of it and `…_TIMEOUT` holds |
    /// | `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_METRIC_EXPORT_TIMEOUT` | `60000`, `30000` | the same of metrics |
    /// | `OTEL_METRICS_EXEMPLAR_FILTER` | | no: there are no exemplars |
    /// | `OTEL_SERVICE_NAME` | `unknown_service:` and the program's name | `service.name` of the resource |
    /// | `OTEL_RESOURCE_ATTRIBUTES` | `service.instance.id` (random), `host.name`, `host.arch`, `os.type`, `process.pid`, `process.executable.name` | further attributes, percent-encoded, above these |
    /// | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT` | `128` | for spans outside workflow code |
    /// | `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, `OTEL_ATTRIBUTE_*_LIMIT`, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT` | | no: the OpenTelemetry SDK has none |
    /// | `OTEL_PROPAGATORS` | `tracecontext,baggage` | no: it is what Temporal's SDKs write and read |
    /// | `OTEL_LOG_LEVEL` | | no: `RUST_LOG` |
    /// | `OTEL_CONFIG_FILE`, `OTEL_EXPERIMENTAL_CONFIG_FILE` | | no |
    ///
    /// What OpenTelemetry's exporter does not let us decide: the program can't take back a compression
    /// that the environment asks for; what a collector rejects of a batch that it accepts is counted
    /// over HTTP alone, by gRPC the exporter only logs it (`PartialSuccess`); and where a collector
    /// refuses a client's certificate, by gRPC no more is seen than a connection that ends.
    ///
    /// # Code over environment
    ///
    /// Settings of the program replace the environment's, and nothing is sent twice to the same
    /// destination:
    ///
    /// | environment | program | what happens |
    /// |---|---|---|
    /// | `OTEL_METRICS_EXPORTER=prometheus` | | served on the environment's address |
    /// | `OTEL_METRICS_EXPORTER=prometheus` | [`.metrics(\|m\| m.prometheus(address))`](MetricsBuilder::prometheus) | served only at `address` |
    /// | `OTEL_METRICS_EXPORTER=prometheus` | [`.metrics(\|m\| m.otlp(collector))`](MetricsBuilder::otlp) | served, and sent to `collector`: two exporters |
    /// | `OTEL_METRICS_EXPORTER=otlp` or an endpoint | `.metrics(\|m\| m.otlp(collector))` | sent only to `collector` |
    /// | `OTEL_TRACES_EXPORTER=otlp` or an endpoint | [`.traces(\|t\| t.otlp(collector))`](TracesBuilder::otlp) | sent only to `collector` |
    /// | either | `otlp(a)` and `otlp(b)` | sent to both |
    /// | either | [`recorder`](MetricsBuilder::recorder), [`processor`](TracesBuilder::processor) | in addition to the environment's exporter |
    /// | an endpoint | `otlp(Collector::default())` | sent to the endpoint of the environment, once |
    /// | `OTEL_METRICS_EXPORTER=none`, `OTEL_SDK_DISABLED=true` | an exporter | as the program says |
    /// | `OTEL_TRACES_SAMPLER`, `RUST_LOG`, `CHRONOSCOPE_*` | the setter | as the program says |
    ///
    /// # Errors
    ///
    /// [`InvalidEnv`] names an invalid variable of chronoscope or `RUST_LOG`, its value and the valid
    /// ones. `CHRONOSCOPE_REPLAY=rebuild` is invalid: a worker with it would export every span again
    /// at each replay.
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
