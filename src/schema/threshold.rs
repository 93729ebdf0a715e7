use super::Metric;

/// What of a metric is compared with a [`Threshold`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// A quantile of a histogram, in the metric's unit.
    Quantile(f64),
    /// What a counter counts in a second.
    PerSecond,
    /// The metric as a share of something that is compared with it.
    Share,
}

/// A value above which somebody should be called.
///
/// Those that Temporal recommends for its workers, in the words of its alerting guide, and three of
/// ours: `WorkflowTaskScheduleToStartElevated` (of its page on Cloud), `SlotsNearlyExhausted` and
/// `StickyCacheThrash`. A quantile's threshold lies on a bound of its metric's buckets, so that the
/// quantile can cross it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Threshold {
    /// The name of the alert.
    pub alert: &'static str,
    /// The metric.
    pub metric: Metric,
    /// What of it is compared.
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
        above(
            "WorkflowTaskFailuresElevated",
            Metric::WorkflowTaskExecutionFailed,
            Measure::PerSecond,
            10.0,
        ),
        above(
            "ActivityFailuresElevated",
            Metric::ActivityExecutionFailed,
            Measure::PerSecond,
            10.0,
        ),
        // Of all slots.
        above(
            "SlotsNearlyExhausted",
            Metric::WorkerTaskSlotsUsed,
            Measure::Share,
            0.8,
        ),
        // Of hits: one eviction for each task that found its run.
        above(
            "StickyCacheThrash",
            Metric::StickyCacheTotalForcedEviction,
            Measure::Share,
            1.0,
        ),
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

const fn above(alert: &'static str, metric: Metric, measure: Measure, value: f64) -> Threshold {
    Threshold {
        alert,
        metric,
        measure,
        value,
    }
}
