//! Warnings about exporters' variables that have no effect: misspelt, or nothing is sent.

use super::variables::{LOGS, METRICS, TRACES, Variables, is_disabled};
use crate::env::{Warnings, is_set, listed, names};

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
    let mut set: Vec<_> = names(PREFIX).filter(|name| is_set(name)).collect();
    set.sort();
    let is_of_collector = |name: &String| {
        let mut known = SIGNALS.iter().flat_map(|signal| signal.of_collector());
        known.any(|known| known == name)
    };
    let (settings, others): (Vec<_>, Vec<_>) = set.into_iter().partition(is_of_collector);
    for name in others.iter().filter(|name| !OTHERS.contains(&&***name)) {
        warnings.note(format!(
            "unknown environment variable {name}: OpenTelemetry has {PREFIX}ENDPOINT, _PROTOCOL, \
             _HEADERS and so on, each also for one signal, such as {PREFIX}TRACES_ENDPOINT"
        ));
    }
    let is_said = |signal: &&Variables| {
        let endpoints = signal.endpoint.into_iter();
        endpoints.chain([signal.exporter]).any(is_set)
    };
    if !settings.is_empty() && !SIGNALS.iter().any(is_said) && !is_disabled(warnings) {
        warnings.vain(format!(
            "{} {} set, but nothing is sent by OTLP: set {PREFIX}ENDPOINT, or OTEL_TRACES_EXPORTER, \
             OTEL_METRICS_EXPORTER or OTEL_LOGS_EXPORTER to otlp",
            listed(&settings),
            if settings.len() == 1 { "is" } else { "are" },
        ));
    }
}
