//! OpenTelemetry's variables for exporters of metrics.

use std::{fmt, str::FromStr};

use super::{Builder, InvalidEnv, env::read};

/// Sets up the exporters that the environment asks for.
pub(super) fn from_env(builder: Builder) -> Result<Builder, InvalidEnv> {
    if read::<Disabled>("OTEL_SDK_DISABLED")?.is_some_and(|disabled| disabled.0) {
        return Ok(builder);
    }
    let asked = read::<Exporters>(VARIABLE)?.unwrap_or_else(Exporters::when_unset);
    let builder = if asked.prometheus {
        prometheus(builder)?
    } else {
        builder
    };
    if asked.otlp {
        otlp(builder)
    } else {
        Ok(builder)
    }
}

const VARIABLE: &str = "OTEL_METRICS_EXPORTER";
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

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
        VARIABLE,
        "prometheus",
        NotCompiled("prometheus"),
    ))
}

#[cfg(feature = "otlp")]
fn otlp(builder: Builder) -> Result<Builder, InvalidEnv> {
    for variable in [
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ] {
        read::<Grpc>(variable)?;
    }
    let variable = ENDPOINTS
        .into_iter()
        .find(|variable| is_set(variable))
        .unwrap_or(VARIABLE);
    let value = std::env::var(variable).unwrap_or_default();
    builder
        .otlp_metrics(crate::metrics::export::Otlp::default())
        .map_err(|error| InvalidEnv::new(variable, value, error))
}

#[cfg(not(feature = "otlp"))]
fn otlp(_: Builder) -> Result<Builder, InvalidEnv> {
    Err(InvalidEnv::new(VARIABLE, "otlp", NotCompiled("otlp")))
}

/// Returns whether a variable has a value. An empty one counts as absent.
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The exporters that a list names.
#[derive(Default)]
struct Exporters {
    prometheus: bool,
    otlp: bool,
}

impl Exporters {
    /// OpenTelemetry's own default is `otlp`. Without a word of a collector nobody has one.
    fn when_unset() -> Self {
        Self {
            prometheus: false,
            otlp: cfg!(feature = "otlp") && ENDPOINTS.into_iter().any(is_set),
        }
    }
}

impl FromStr for Exporters {
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

/// Whether OpenTelemetry is switched off.
struct Disabled(bool);

impl FromStr for Disabled {
    type Err = Unknown;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        // Its specification takes whatever is not "true" for no.
        Ok(Self(value.eq_ignore_ascii_case("true")))
    }
}

/// The one protocol that is compiled.
#[cfg(feature = "otlp")]
struct Grpc;

#[cfg(feature = "otlp")]
impl FromStr for Grpc {
    type Err = Unknown;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "grpc" => Ok(Self),
            _ => Err(Unknown("grpc, which collectors take on port 4317")),
        }
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
