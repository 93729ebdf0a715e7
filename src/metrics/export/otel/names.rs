//! The names of OpenTelemetry's conventions for chronoscope's metrics, where there are any.

use crate::schema::{Label, Metric, Naming};

/// Metrics with their conventional names. Their unit is the second, as in the default naming.
const METRICS: [(Metric, &str); 2] = [
    (Metric::RpcClientCallDuration, "rpc.client.call.duration"),
    (
        Metric::RpcClientLongPollDuration,
        "rpc.client.long_poll.duration",
    ),
];

/// Labels of these metrics, with the conventional names of attributes.
const LABELS: [(Label, &str); 6] = [
    (Label::RpcSystem, "rpc.system.name"),
    (Label::RpcMethod, "rpc.method"),
    (Label::RpcStatusCode, "rpc.status_code"),
    (Label::ErrorType, "error.type"),
    (Label::ServerAddress, "server.address"),
    (Label::ServerPort, "server.port"),
];

/// Returns the conventional name of an exported metric, if it has one.
pub(super) fn metric(exported: &str) -> Option<&'static str> {
    let is = |metric: Metric| metric.exported_name(Naming::Prometheus) == exported;
    let mut found = METRICS.iter().filter(|_| exported.starts_with("rpc_"));
    found.find_map(|(metric, name)| is(*metric).then_some(*name))
}

/// Returns whether a metric is one of the catalogue, by any of its names.
pub(super) fn is_of_the_catalogue(exported: &str) -> bool {
    let namings = [Naming::Core, Naming::Prometheus];
    let is = |metric: &Metric| namings.map(|naming| metric.exported_name(naming));
    Metric::ALL.iter().flat_map(is).any(|name| name == exported)
}

/// Returns the conventional name of a label.
pub(super) fn label(name: &str) -> Option<&'static str> {
    let mut labels = LABELS.iter();
    labels.find_map(|(label, conventional)| (label.name() == name).then_some(*conventional))
}

/// Returns whether the conventions have a number as the value of a label.
pub(super) fn is_number(label: &str) -> bool {
    label == Label::ServerPort.name()
}
