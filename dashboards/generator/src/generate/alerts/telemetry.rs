//! Whether telemetry itself is whole.

use chronoscope::schema::Metric;

use super::super::{
    alert::{Alert, Severity::Warning},
    condition::Condition::KeepsHappening,
};

/// Whether telemetry itself is whole.
pub const ALERTS: &[Alert] = &[Alert {
    name: "TelemetryLost",
    severity: Warning,
    minutes: 30,
    condition: KeepsHappening(&[
        (Metric::LogLinesLost, &[]),
        (Metric::LogFlushesFailed, &[]),
        (Metric::RecorderPanics, &[]),
        (Metric::SpansLost, &[]),
        (Metric::ExportFailures, &[]),
        (Metric::SeriesDropped, &[]),
    ]),
    by: &[],
    kind: "",
    follows: &[],
    symptom: "Log lines, spans, exports or series of a job have been lost for half an hour",
    cause: "A sink is slow or down, a collector is away, or a metric has more series than it may. No task was hurt.",
    check: "See the board of own health: which of them, and for which reason?",
    fix: "Bring the collector or the disk back; take ids off labels.",
}];
