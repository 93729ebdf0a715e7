//! OpenTelemetry's variables for exporters.

use std::{fmt, str::FromStr};

use crate::env::{InvalidEnv, Unknown, is_set, read};

/// What the variables of one signal are called.
#[derive(Debug)]
pub(crate) struct Variables {
    /// Which exporters there are.
    pub(crate) exporter: &'static str,
    endpoints: [&'static str; 2],
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "nothing speaks it"))]
    protocols: [&'static str; 2],
}

/// Those of metrics.
pub(crate) const METRICS: Variables = Variables {
    exporter: "OTEL_METRICS_EXPORTER",
    endpoints: [
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ],
    protocols: [
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ],
};

/// Those of traces.
pub(crate) const TRACES: Variables = Variables {
    exporter: "OTEL_TRACES_EXPORTER",
    endpoints: [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ],
    protocols: [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ],
};

impl Variables {
    /// Returns whether the environment names a collector. OpenTelemetry's own default is to send to
    /// one; without a word of it nobody has one.
    pub(crate) fn names_collector(&self) -> bool {
        cfg!(feature = "otlp") && self.endpoints.into_iter().any(is_set)
    }

    /// Returns the collector that the environment names.
    #[cfg(feature = "otlp")]
    pub(crate) fn collector(&self) -> Result<super::Collector, InvalidEnv> {
        let mut collector = super::Collector::default();
        for variable in self.protocols {
            if let Some(protocol) = read(variable)? {
                collector = collector.protocol(protocol);
                break;
            }
        }
        let endpoint = self.endpoints.into_iter().find(|name| is_set(name));
        Ok(collector.of_variable(endpoint.unwrap_or(self.exporter)))
    }

    /// Refuses a collector, since nothing speaks its protocol.
    #[cfg(not(feature = "otlp"))]
    pub(crate) fn collector<T>(&self) -> Result<T, InvalidEnv> {
        Err(InvalidEnv::new(self.exporter, "otlp", NotCompiled("otlp")))
    }
}

/// Returns whether the environment switches OpenTelemetry off. Its specification takes whatever is
/// not "true" for no.
pub(crate) fn is_disabled() -> Result<bool, InvalidEnv> {
    let value = read::<String>("OTEL_SDK_DISABLED")?;
    Ok(value.is_some_and(|value| value.eq_ignore_ascii_case("true")))
}

/// The exporters of a signal that the environment asks for.
#[derive(Debug)]
pub(crate) struct Exporters {
    pub(crate) prometheus: bool,
    pub(crate) otlp: bool,
}

impl Exporters {
    /// Returns those of a signal: what its variable lists, otherwise the collector, if one is named.
    pub(crate) fn of(variables: &Variables) -> Result<Self, InvalidEnv> {
        let none = Self {
            prometheus: false,
            otlp: false,
        };
        if is_disabled()? {
            return Ok(none);
        }
        let Some(List(names)) = read(variables.exporter)? else {
            return Ok(Self {
                otlp: variables.names_collector(),
                ..none
            });
        };
        let has = |name: &str| names.iter().any(|listed| listed == name);
        Ok(Self {
            prometheus: has("prometheus"),
            otlp: has("otlp"),
        })
    }
}

struct List(Vec<String>);

impl FromStr for List {
    type Err = Unknown;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let names = list.split(',').map(str::trim);
        let known = |name: &&str| matches!(*name, "prometheus" | "otlp" | "none" | "");
        match names.clone().all(|name| known(&name)) {
            true => Ok(Self(names.map(str::to_owned).collect())),
            false => Err(Unknown("a list of prometheus, otlp and none")),
        }
    }
}

/// The error of an exporter whose feature is off.
#[derive(Debug)]
#[cfg_attr(
    all(feature = "prometheus", feature = "otlp"),
    expect(dead_code, reason = "every exporter is compiled")
)]
pub(crate) struct NotCompiled(pub(crate) &'static str);

impl fmt::Display for NotCompiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it needs the feature `{}` of chronoscope", self.0)
    }
}

impl std::error::Error for NotCompiled {}
