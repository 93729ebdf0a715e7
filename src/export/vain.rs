//! Variables of the exporters that have no effect.

use super::variables::{LOGS, METRICS, TRACES, Variables, is_disabled};
use crate::env::{Warnings, is_set};

const PREFIX: &str = "OTEL_EXPORTER_OTLP_";

/// Those of the specification that only one signal has.
const OTHERS: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
    "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
    "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
];

const SIGNALS: [&Variables; 3] = [&METRICS, &TRACES, &LOGS];

/// Warns of variables that may be misspelt, and of settings of a collector where none is named.
pub(crate) fn warn(warnings: &mut Warnings) {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ours = names.filter(|name| name.starts_with(PREFIX) && is_set(name));
    let mut ours: Vec<_> = ours.collect();
    ours.sort();
    let is_known = |name: &String| {
        let mut known = SIGNALS.iter().flat_map(|signal| signal.of_collector());
        known.any(|known| known == name) || OTHERS.contains(&&**name)
    };
    let (known, unknown): (Vec<_>, Vec<_>) = ours.into_iter().partition(is_known);
    for name in unknown {
        warnings.note(format!(
            "unknown environment variable {name}: OpenTelemetry has {PREFIX}ENDPOINT, _PROTOCOL, \
             _HEADERS and so on, and the same with _TRACES, _METRICS or _LOGS before the last word"
        ));
    }
    let is_said = |signal: &&Variables| {
        let endpoints = signal.endpoint.into_iter();
        endpoints.chain([signal.exporter]).any(is_set)
    };
    let settings: Vec<_> = known
        .into_iter()
        .filter(|name| !OTHERS.contains(&&**name))
        .collect();
    if !settings.is_empty() && !SIGNALS.iter().any(is_said) && !is_disabled(warnings) {
        warnings.vain(format!(
            "{} set, but nothing is sent by OTLP: set {PREFIX}ENDPOINT, or OTEL_TRACES_EXPORTER, \
             OTEL_METRICS_EXPORTER or OTEL_LOGS_EXPORTER to otlp",
            match &*settings {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(" and ")),
            }
        ));
    }
}
