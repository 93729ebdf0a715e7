//! Whether telemetry is complete.

use chronoscope::schema::Metric;

use super::super::{
    alert::{Alert, Severity::Warning},
    condition::Condition::KeepsHappening,
};

/// Whether telemetry is complete.
pub const ALERTS: &[Alert] = &[Alert {
    name: "TelemetryLost",
    severity: Warning,
    minutes: 30,
    condition: KeepsHappening(&[
        (Metric::LogLinesLost, &[]),
        (Metric::LogRecordsLost, &[]),
        (Metric::LogFlushesFailed, &[]),
        (Metric::RecorderPanics, &[]),
        (Metric::SpansLost, &[]),
        (Metric::ExportFailures, &[]),
        (Metric::SeriesDropped, &[]),
    ]),
    by: &[],
    kind: "",
    follows: &[],
    symptom: "Log lines, spans, exports or metrics of a job have been lost for half an hour",
    cause: "A sink is slow or down, a collector is unreachable, or a metric has too many series. No task was affected.",
    check: "Look at the own-health board: what is lost, and for which reason?",
    fix: "Bring the collector or the disk back; remove ids from metric labels.",
}];
