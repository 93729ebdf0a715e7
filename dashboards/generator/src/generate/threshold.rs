//! The values above which an alert fires.

use chronoscope::schema::Metric;

/// What is compared with a [`Threshold`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// A quantile of a histogram, in the metric's unit.
    Quantile(f64),
    /// The metric as a share of another one.
    Share,
}

/// A value above which an alert fires.
///
/// Durations are the ones that Temporal's alerting guide recommends for its workers. Failures,
/// misses and replays are shares, so that they mean the same to a small fleet and to a large one. A
/// quantile's threshold lies on a bound of its metric's buckets, so that the quantile can cross it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The name of the alert.
    pub alert: &'static str,
    /// The metric.
    pub metric: Metric,
    /// What is compared.
    pub measure: Measure,
    /// The threshold.
    pub value: f64,
}

impl Threshold {
    /// Every threshold.
    pub const ALL: &'static [Self] = &[
        p99(
            "WorkflowTaskScheduleToStartElevated",
            Metric::WorkflowTaskScheduleToStartLatency,
            0.2,
        ),
        p99(
            "WorkflowTaskScheduleToStartHigh",
            Metric::WorkflowTaskScheduleToStartLatency,
            5.0,
        ),
        p99(
            "WorkflowTaskScheduleToStartSevere",
            Metric::WorkflowTaskScheduleToStartLatency,
            1800.0,
        ),
        p99(
            "ActivityScheduleToStartSevere",
            Metric::ActivityScheduleToStartLatency,
            1800.0,
        ),
        p99(
            "WorkflowTaskExecutionLatencyHigh",
            Metric::WorkflowTaskExecutionLatency,
            10.0,
        ),
        p99(
            "LocalActivityLong",
            Metric::LocalActivityExecutionLatency,
            1800.0,
        ),
        p99("RequestLatencyHigh", Metric::RequestLatency, 2.0),
        largest("HistoryNearLimit", Metric::WorkflowHistoryLength, 20_000.0),
        largest(
            "HistorySizeNearLimit",
            Metric::WorkflowHistorySize,
            20_971_520.0,
        ),
        // Of all tasks or attempts that end.
        share(
            "WorkflowTaskFailuresElevated",
            Metric::WorkflowTaskExecutionFailed,
            0.1,
        ),
        share(
            "ActivityFailuresElevated",
            Metric::ActivityExecutionFailed,
            0.5,
        ),
        // Of all slots, over an hour.
        share("SlotsNearlyExhausted", Metric::WorkerTaskSlotsUsed, 0.8),
        // Of hits: one miss per two hits.
        share("StickyCacheThrash", Metric::StickyCacheMiss, 0.5),
        // Of all tasks.
        share("ReplaysPerTaskHigh", Metric::WorkflowReplayLatency, 0.5),
    ];

    /// Returns the threshold of an alert, if it has one.
    #[must_use]
    pub fn of(alert: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|threshold| threshold.alert == alert)
    }
}

const fn p99(alert: &'static str, metric: Metric, seconds: f64) -> Threshold {
    above(alert, metric, Measure::Quantile(0.99), seconds)
}

/// The largest value of all.
const fn largest(alert: &'static str, metric: Metric, value: f64) -> Threshold {
    above(alert, metric, Measure::Quantile(1.0), value)
}

const fn share(alert: &'static str, metric: Metric, value: f64) -> Threshold {
    above(alert, metric, Measure::Share, value)
}

const fn above(alert: &'static str, metric: Metric, measure: Measure, value: f64) -> Threshold {
    Threshold {
        alert,
        metric,
        measure,
        value,
    }
}
