use super::Metric;

/// A latency above which somebody should be called.
///
/// Those that Temporal recommends for its workers, in the words of its alerting guide. Each lies
/// on a bound of its metric's buckets, so that the quantile can cross it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Threshold {
    /// The name of the alert.
    pub alert: &'static str,
    /// The histogram.
    pub metric: Metric,
    /// The quantile of it that is compared.
    pub quantile: f64,
    /// The threshold, in seconds.
    pub seconds: f64,
}

impl Threshold {
    /// Every threshold.
    pub const ALL: &'static [Self] = &[
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
    ];
}

const fn p99(alert: &'static str, metric: Metric, seconds: f64) -> Threshold {
    Threshold {
        alert,
        metric,
        quantile: 0.99,
        seconds,
    }
}
