//! The expression of each condition.

use std::time::Duration;

use chronoscope::schema::{Label, Metric, Naming, Unit};

use super::{
    Alert, Promql,
    condition::{Calls, Condition},
    per_second,
    promql::Only,
    rules::Faster,
    slots,
    threshold::Measure,
};

/// From this many on, failures are more than an accident.
const FEW: f64 = 5.0;
/// From this many on, slow tasks are more than outliers.
const SLOW: f64 = 3.0;
/// From this many on in a window, replays are a cost.
const MANY: f64 = 300.0;

/// How long an unused cache has been empty.
const EMPTY: Duration = Duration::from_secs(300);

const HOUR: Duration = Duration::from_secs(3600);

/// Writes the expression of one alert.
struct Writer<'a> {
    alert: &'a Alert,
    promql: Promql,
    faster: Faster,
}

/// Returns the expression of an alert.
pub fn of(alert: &Alert, naming: Naming, faster: Faster) -> String {
    let promql = Promql::of_rule(naming, faster.duration(alert.window()));
    let promql = match alert.per_instance() {
        true => promql.per_instance_too(),
        false => promql,
    };
    let writer = Writer {
        alert,
        promql,
        faster,
    };
    writer.expr()
}

impl Writer<'_> {
    fn expr(&self) -> String {
        let (promql, by) = (&self.promql, self.alert.by);
        match self.alert.condition {
            Condition::Above(only) => self.above(only),
            Condition::Happens(metric, only) => self.happens(metric, only),
            Condition::KeepsHappening(counters) => self.keeps_happening(counters),
            Condition::Refused {
                calls,
                only,
                of,
                share,
            } => self.refused(calls, only, of, share),
            Condition::Any(metric) => format!("{} > 0", promql.sum(metric, &[], by)),
            Condition::Unpolled => slots::unpolled(promql, by),
            Condition::UnpolledHere => slots::unpolled_here(promql, by),
            Condition::Held => slots::held(promql, self.faster, by),
            Condition::FailsHere { failed, ended } => {
                let all = promql.clone().over_all();
                format!(
                    "{} unless on{} ({})",
                    self.share(promql, failed, ended, &[]),
                    all.labels(by),
                    self.share(&all, failed, ended, &[])
                )
            }
            Condition::Vanished(metric) => self.vanished(metric),
            Condition::Unended {
                begun,
                ended,
                used_to,
            } => self.unended(begun, ended, used_to),
            Condition::EmptyCache => self.empty_cache(),
        }
    }

    /// A count within the window, divided like the window.
    fn floor(&self, count: f64) -> f64 {
        self.faster.seconds(count)
    }

    fn above(&self, only: Only<'_>) -> String {
        let Some(threshold) = self.alert.threshold() else {
            return String::new();
        };
        let (metric, value) = (threshold.metric, threshold.value);
        match (threshold.measure, metric) {
            (Measure::Quantile(quantile), _) => self.quantile(quantile, metric, value, only),
            (_, Metric::WorkerTaskSlotsUsed) => {
                slots::nearly(&self.promql, self.faster, value, self.alert.by)
            }
            (_, Metric::StickyCacheMiss) => {
                let misses = self.promql.increase(metric, only, self.alert.by);
                let hits = Metric::StickyCacheHit;
                let hits = self.promql.increase(hits, only, self.alert.by);
                // There may be no series of hits yet.
                format!(
                    "{misses} > {value} * ({hits} or {misses} * 0) >= {}",
                    self.floor(MANY)
                )
            }
            (_, Metric::WorkflowReplayLatency) => self.replays(value),
            (_, Metric::WorkflowTaskExecutionFailed) => {
                let ended = Metric::WorkflowTaskExecutionLatency;
                self.share(&self.promql, metric, ended, only)
            }
            _ => {
                let ended = Metric::ActivityExecutionLatency;
                self.share(&self.promql, metric, ended, only)
            }
        }
    }

    /// A quantile above its threshold, with more than a few values above it. A maximum needs only
    /// one.
    fn quantile(&self, quantile: f64, metric: Metric, value: f64, only: Only<'_>) -> String {
        let (promql, by) = (&self.promql, self.alert.by);
        let (value, scale) = match metric.unit() {
            Unit::Seconds => (self.faster.seconds(value), per_second(promql.naming())),
            _ => (value, 1.0),
        };
        let quantile_of = promql.quantile(quantile, metric, only, by);
        let above = format!("{quantile_of} > {}", value * scale);
        if quantile >= 1.0 {
            return above;
        }
        // Counts are known only at bounds, and a divided threshold may lie between two.
        let mut bounds = metric.buckets().iter().copied();
        let bound = bounds.find(|bound| *bound >= value);
        let slow = promql.slower(metric, bound.unwrap_or(value) * scale, only, by);
        format!("{above} and {slow} >= {}", self.floor(SLOW))
    }

    /// A counter that increased, or that appears with a value above zero. The latter counts only if
    /// its process was seen before, when the counter was not: not after a gap, not for a new
    /// Prometheus, and not under another instance.
    fn happens(&self, metric: Metric, only: Only<'_>) -> String {
        let promql = &self.promql;
        let (by, range) = (promql.by(self.alert.by), promql.range());
        let series = promql.series(metric, only);
        // Whenever the process was seen, the counter would have been, too.
        let before = format!("[{}] offset {range}", self.faster.duration(HOUR));
        let known = promql.series(Metric::WorkerStart, &[]);
        format!(
            "sum{by} (increase({series}[{range}]) > 0 or (({series} > 0 unless {series} <= last_over_time({series}{before})) and on (job, instance) last_over_time({known}{before})))"
        )
    }

    fn keeps_happening(&self, counters: &[(Metric, Only<'_>)]) -> String {
        let increase = |(metric, only): &(Metric, Only<'_>)| {
            let increase = self.promql.increase(*metric, only, self.alert.by);
            format!("{increase} > 0")
        };
        let all: Vec<_> = counters.iter().map(increase).collect();
        all.join(" or ")
    }

    fn empty_cache(&self) -> String {
        let by = self.promql.by(self.alert.by);
        // Shorter than the window in which replays are counted: the alert on replays follows from
        // this one, and must not fire first.
        let range = self.faster.duration(EMPTY);
        let size = self.promql.series(Metric::StickyCacheSize, &[]);
        let replays = self.replays(0.5);
        format!("sum{by} (max_over_time({size}[{range}])) == 0 and {replays}")
    }

    fn refused(&self, calls: &[Calls], only: Only<'_>, of: Only<'_>, share: f64) -> String {
        let by = self.alert.by;
        let one = |(failed, begun): &Calls| {
            let failed = self.promql.increase(*failed, only, by);
            let begun = self.promql.increase(*begun, of, by);
            let few = self.floor(FEW);
            format!("({failed} > {share} * {begun} >= {few})")
        };
        let all: Vec<_> = calls.iter().map(one).collect();
        all.join(" or ")
    }

    /// More than a few failures, and more than the threshold's share of everything that ends.
    fn share(&self, promql: &Promql, failed: Metric, ended: Metric, only: Only<'_>) -> String {
        let by = self.alert.by;
        let value = self.alert.threshold().map_or(0.5, |t| t.value);
        let failed = promql.increase(failed, only, by);
        let ended = promql.increase_count(ended, by);
        let few = self.floor(FEW);
        format!("{failed} > {value} * {ended} >= {few}")
    }

    /// More than a few replays, and more than a share of tasks. They are counted where workflow code
    /// replays: the core's own metric of replay also counts most tasks of cached runs. The replay that
    /// follows each failed task does not count: it has alerts of its own.
    fn replays(&self, share: f64) -> String {
        let (promql, by) = (&self.promql, self.alert.by);
        let replays = promql.increase_count(Metric::WorkflowReplayLatency, by);
        let failed = promql.increase(Metric::WorkflowTaskExecutionFailed, &[], by);
        let tasks = promql.increase(Metric::WorkflowTaskQueuePollSucceed, &[], by);
        let many = self.floor(MANY);
        format!("{replays} - ({failed} or {replays} * 0) > {share} * {tasks} >= {many}")
    }

    fn vanished(&self, metric: Metric) -> String {
        let (by, range) = (self.promql.by(self.alert.by), self.promql.range());
        let now = self.promql.series(metric, &[]);
        format!(
            "sum{by} (max_over_time({now}[{range}]) and on (job, instance) (up == 0)) > 0 unless sum{by} ({now})"
        )
    }

    fn unended(&self, begun: Metric, ended: Metric, used_to: bool) -> String {
        let (promql, by) = (&self.promql, self.alert.by);
        let few = self.floor(FEW);
        let came = promql.increase(begun, &[], by);
        let ends = promql.increase_count(ended, by);
        if !used_to {
            return format!("{came} >= {few} unless {ends} > 0");
        }
        // What started a window ago should have ended by now, as it did in the hours before.
        let range = promql.range();
        let hours = self.faster.duration(3 * HOUR);
        let earlier = promql.clone().at(range, range).increase(begun, &[], by);
        let before = promql.clone().at(&hours, range).increase_count(ended, by);
        format!("{earlier} >= {few} and {came} >= {few} and {before} >= {few} unless {ends} > 0")
    }
}

/// The labels that a rule groups by for a label of the catalogue.
pub fn grouped(label: Label) -> Vec<&'static str> {
    match label {
        Label::Namespace => vec![label.name(), super::alert::EXPORTED],
        label => vec![label.name()],
    }
}
