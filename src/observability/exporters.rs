//! OpenTelemetry's variables for exporters.

use std::{fmt, str::FromStr};

use super::{Builder, InvalidEnv, env::read};

/// Sets up the exporters that the environment asks for.
pub(super) fn from_env(builder: Builder) -> Result<Builder, InvalidEnv> {
    if read::<Disabled>("OTEL_SDK_DISABLED")?.is_some_and(|disabled| disabled.0) {
        #[cfg(feature = "otlp")]
        let builder = Builder {
            otel_disabled: true,
            ..builder
        };
        return Ok(builder);
    }
    let builder = metrics(builder)?;
    match read::<TraceExporters>(TRACES.variable)?
        .map_or_else(|| TRACES.is_named(), |asked| asked.0)
    {
        true => otlp(builder, &TRACES),
        false => Ok(builder),
    }
}

fn metrics(builder: Builder) -> Result<Builder, InvalidEnv> {
    let asked = read::<MetricExporters>(METRICS.variable)?;
    let asked = asked.unwrap_or_else(MetricExporters::when_unset);
    let builder = if asked.prometheus {
        prometheus(builder)?
    } else {
        builder
    };
    if asked.otlp {
        otlp(builder, &METRICS)
    } else {
        Ok(builder)
    }
}

/// What the variables of one signal are called.
struct Signal {
    variable: &'static str,
    endpoints: [&'static str; 2],
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "nothing speaks it"))]
    protocols: [&'static str; 2],
    #[cfg(feature = "otlp")]
    send: fn(Builder, crate::export::Collector) -> Result<Builder, crate::export::OtlpError>,
}

const METRICS: Signal = Signal {
    variable: "OTEL_METRICS_EXPORTER",
    endpoints: [
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ],
    protocols: [
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ],
    #[cfg(feature = "otlp")]
    send: |builder, collector| builder.otlp_metrics(collector),
};

const TRACES: Signal = Signal {
    variable: "OTEL_TRACES_EXPORTER",
    endpoints: [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ],
    protocols: [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ],
    #[cfg(feature = "otlp")]
    send: Builder::otlp_traces,
};

impl Signal {
    /// Returns whether the environment speaks of a collector. OpenTelemetry's own default is to send
    /// to one; without a word of it nobody has one.
    fn is_named(&self) -> bool {
        cfg!(feature = "otlp") && self.endpoints.into_iter().any(is_set)
    }
}

#[cfg(feature = "prometheus")]
fn prometheus(builder: Builder) -> Result<Builder, InvalidEnv> {
    use std::net::ToSocketAddrs as _;

    const HOST: &str = "OTEL_EXPORTER_PROMETHEUS_HOST";
    const PORT: &str = "OTEL_EXPORTER_PROMETHEUS_PORT";
    let default = crate::metrics::export::Prometheus::default_address();
    let port = read::<u16>(PORT)?.unwrap_or(default.port());
    let host = read::<String>(HOST)?;
    let address = match &host {
        None => std::net::SocketAddr::new(default.ip(), port),
        Some(host) => (&**host, port)
            .to_socket_addrs()
            .and_then(|mut found| found.next().ok_or(std::io::ErrorKind::NotFound.into()))
            .map_err(|error| InvalidEnv::new(HOST, host, error))?,
    };
    builder
        .prometheus(address)
        .map_err(|error| InvalidEnv::new(PORT, port, error))
}

#[cfg(not(feature = "prometheus"))]
fn prometheus(_: Builder) -> Result<Builder, InvalidEnv> {
    Err(InvalidEnv::new(
        METRICS.variable,
        "prometheus",
        NotCompiled("prometheus"),
    ))
}

#[cfg(feature = "otlp")]
fn otlp(builder: Builder, signal: &Signal) -> Result<Builder, InvalidEnv> {
    let mut collector = crate::export::Collector::default();
    for variable in signal.protocols {
        if let Some(protocol) = read(variable)? {
            collector = collector.protocol(protocol);
            break;
        }
    }
    let variable = signal
        .endpoints
        .into_iter()
        .find(|variable| is_set(variable))
        .unwrap_or(signal.variable);
    let value = std::env::var(variable).unwrap_or_default();
    (signal.send)(builder, collector).map_err(|error| InvalidEnv::new(variable, value, error))
}

#[cfg(not(feature = "otlp"))]
fn otlp(_: Builder, signal: &Signal) -> Result<Builder, InvalidEnv> {
    Err(InvalidEnv::new(
        signal.variable,
        "otlp",
        NotCompiled("otlp"),
    ))
}

/// Returns whether a variable has a value. An empty one counts as absent.
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The exporters of metrics that a list names.
#[derive(Default)]
struct MetricExporters {
    prometheus: bool,
    otlp: bool,
}

impl MetricExporters {
    fn when_unset() -> Self {
        Self {
            prometheus: false,
            otlp: METRICS.is_named(),
        }
    }
}

impl FromStr for MetricExporters {
    type Err = Unknown;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let mut exporters = Self::default();
        for name in list.split(',') {
            match name.trim() {
                "prometheus" => exporters.prometheus = true,
                "otlp" => exporters.otlp = true,
                "none" | "" => {}
                _ => return Err(Unknown("a list of prometheus, otlp and none")),
            }
        }
        Ok(exporters)
    }
}

/// Whether a list names the exporter of traces that there is.
struct TraceExporters(bool);

impl FromStr for TraceExporters {
    type Err = Unknown;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let mut otlp = false;
        for name in list.split(',') {
            match name.trim() {
                "otlp" => otlp = true,
                "none" | "" => {}
                _ => return Err(Unknown("otlp or none")),
            }
        }
        Ok(Self(otlp))
    }
}

/// Whether OpenTelemetry is switched off.
struct Disabled(bool);

impl FromStr for Disabled {
    type Err = Unknown;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        // Its specification takes whatever is not "true" for no.
        Ok(Self(value.eq_ignore_ascii_case("true")))
    }
}

/// The error of a value that is none of those that are known.
#[derive(Debug)]
struct Unknown(&'static str);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for Unknown {}

/// The error of an exporter whose feature is off.
#[cfg(not(all(feature = "prometheus", feature = "otlp")))]
#[derive(Debug)]
struct NotCompiled(&'static str);

#[cfg(not(all(feature = "prometheus", feature = "otlp")))]
impl fmt::Display for NotCompiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it needs the feature `{}` of chronoscope", self.0)
    }
}

#[cfg(not(all(feature = "prometheus", feature = "otlp")))]
impl std::error::Error for NotCompiled {}
