//! OpenTelemetry's variables for exporters.

use std::{fmt, str::FromStr};

use crate::env::{Flag, UnknownValue, Warnings, is_set};

/// The names of one signal's variables. Of two, the first is the signal's own, which takes
/// precedence.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "nothing is sent"))]
pub(crate) struct Variables {
    /// The signal's name in messages.
    pub(crate) what: &'static str,
    /// The list of exporters.
    pub(crate) exporter: &'static str,
    /// The collector's HTTP path.
    pub(crate) path: &'static str,
    pub(crate) endpoint: [&'static str; 2],
    pub(crate) insecure: [&'static str; 2],
    pub(crate) protocol: [&'static str; 2],
    pub(crate) headers: [&'static str; 2],
    pub(crate) compression: [&'static str; 2],
    pub(crate) timeout: [&'static str; 2],
    pub(crate) certificate: [&'static str; 2],
    pub(crate) client_key: [&'static str; 2],
    pub(crate) client_certificate: [&'static str; 2],
    /// How long the SDK waits for an export: the SDK reads it, and chronoscope enforces it.
    pub(crate) patience: &'static str,
}

#[cfg(feature = "otlp")]
impl Variables {
    /// Returns the names of what is said of a collector.
    pub(super) fn of_collector(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            self.endpoint,
            self.insecure,
            self.protocol,
            self.headers,
            self.compression,
            self.timeout,
            self.certificate,
            self.client_key,
            self.client_certificate,
        ];
        all.into_iter().flatten()
    }
}

macro_rules! both {
    ($signal:literal, $setting:literal) => {
        [
            concat!("OTEL_EXPORTER_OTLP_", $signal, "_", $setting),
            concat!("OTEL_EXPORTER_OTLP_", $setting),
        ]
    };
}

macro_rules! signal {
    ($what:literal, $signal:literal, $path:literal, $patience:literal) => {
        Variables {
            what: $what,
            exporter: concat!("OTEL_", $signal, "_EXPORTER"),
            path: $path,
            endpoint: both!($signal, "ENDPOINT"),
            insecure: both!($signal, "INSECURE"),
            protocol: both!($signal, "PROTOCOL"),
            headers: both!($signal, "HEADERS"),
            compression: both!($signal, "COMPRESSION"),
            timeout: both!($signal, "TIMEOUT"),
            certificate: both!($signal, "CERTIFICATE"),
            client_key: both!($signal, "CLIENT_KEY"),
            client_certificate: both!($signal, "CLIENT_CERTIFICATE"),
            patience: $patience,
        }
    };
}

/// The variables of metrics.
pub(crate) const METRICS: Variables = signal!(
    "metrics",
    "METRICS",
    "/v1/metrics",
    "OTEL_METRIC_EXPORT_TIMEOUT"
);

/// The variables of traces.
pub(crate) const TRACES: Variables =
    signal!("spans", "TRACES", "/v1/traces", "OTEL_BSP_EXPORT_TIMEOUT");

/// The variables of logs.
#[cfg(any(feature = "logs", feature = "otlp"))]
pub(crate) const LOGS: Variables = signal!(
    "log records",
    "LOGS",
    "/v1/logs",
    "OTEL_BLRP_EXPORT_TIMEOUT"
);

/// The exporters of a signal that the environment selects.
#[derive(Debug, Default)]
pub(crate) struct Exporters {
    pub(crate) prometheus: bool,
    pub(crate) otlp: bool,
}

impl Exporters {
    /// Returns the exporters of a signal: the `known` ones in its variable, otherwise the
    /// collector, if an endpoint is set. OpenTelemetry's own default is to send to a local
    /// collector; without a variable few people run one.
    pub(crate) fn of(
        signal: &Variables,
        known: &[(&'static str, bool)],
        warnings: &mut Warnings,
    ) -> Self {
        if is_disabled(warnings) {
            return Self::default();
        }
        let listed: Option<String> = warnings.read(signal.exporter);
        let names = listed.iter().flat_map(|listed| listed.split(','));
        let names: Vec<_> = names
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        let (mut asked, mut is_said) = (Self::default(), false);
        for name in names {
            let found = known.iter().find(|(known, _)| *known == name);
            match (&*name, found) {
                ("none", _) => {}
                (_, None) => {
                    let expected = known.iter().map(|(name, _)| *name);
                    let expected: Vec<_> = expected.chain(["none"]).collect();
                    warnings.note(format!(
                        "ignored {name:?} in environment variable {}: expected a list of {}",
                        signal.exporter,
                        expected.join(", ")
                    ));
                    continue;
                }
                (_, Some((name, false))) => warnings.note(format!(
                    "ignored {name:?} in environment variable {}: {}",
                    signal.exporter,
                    NotCompiled(name)
                )),
                ("prometheus", _) => asked.prometheus = true,
                // Lines are there without an exporter.
                ("console", _) => {}
                _ => asked.otlp = true,
            }
            is_said = true;
        }
        if !is_said {
            asked.otlp = cfg!(feature = "otlp") && signal.endpoint.into_iter().any(is_set);
        }
        asked
    }
}

/// Returns whether the environment turns OpenTelemetry off.
pub(super) fn is_disabled(warnings: &mut Warnings) -> bool {
    let said = warnings.read("OTEL_SDK_DISABLED");
    said.is_some_and(|Flag(is_disabled)| is_disabled)
}

/// A number of things, at least one and at most [`Count::MOST`].
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "nothing is sent"))]
pub(crate) struct Count(pub(crate) usize);

impl Count {
    /// The SDK reserves memory for as many at once.
    pub(crate) const MOST: usize = 1_000_000;
}

impl FromStr for Count {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(count @ 1..=Self::MOST) => Ok(Self(count)),
            _ => Err(UnknownValue("a number from 1 to 1000000")),
        }
    }
}

/// A time in milliseconds.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "nothing is sent"))]
pub(crate) struct Millis(pub(crate) std::time::Duration);

impl FromStr for Millis {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let millis = text.parse().map(std::time::Duration::from_millis);
        millis
            .map(Self)
            .map_err(|_| UnknownValue("a number of milliseconds"))
    }
}

/// How often something is done, in milliseconds: not all the time.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "nothing is sent"))]
pub(crate) struct Interval(pub(crate) std::time::Duration);

impl FromStr for Interval {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(Millis(interval)) if !interval.is_zero() => Ok(Self(interval)),
            _ => Err(UnknownValue("a number of milliseconds above zero")),
        }
    }
}

/// The error of an exporter whose feature is off.
struct NotCompiled(&'static str);

impl fmt::Display for NotCompiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it needs the feature `{}` of chronoscope", self.0)
    }
}
