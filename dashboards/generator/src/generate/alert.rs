use std::time::Duration;

use chronoscope::schema::{Label, Measure, Metric, Naming, Threshold};

use super::{Promql, promql::Only, rules::Faster};

/// How soon somebody must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Now.
    Critical,
    /// In working hours.
    Warning,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }
}

/// What an alert watches.
#[derive(Clone, Copy, Debug)]
pub enum Condition {
    /// A quantile, a rate or a share is above the [`Threshold`] of the alert's name.
    Above(Only<'static>),
    /// A counter went up at all.
    Happens(Metric, Only<'static>),
    /// A gauge is zero.
    Zero(Metric),
    /// A series that a process served is no longer there.
    Vanished(Metric),
    /// Work comes in by the one counter, and no call of these operations succeeds.
    Unanswered(Metric, &'static str),
    /// The cache is empty while tasks come in.
    EmptyCache,
}

/// One alert, with all that its rule and its section in the runbook say.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    pub name: &'static str,
    pub severity: Severity,
    /// For how many minutes the condition must last.
    pub minutes: u64,
    pub condition: Condition,
    /// The labels, beside `job`, by which it tells cases apart.
    pub by: &'static [Label],
    /// The alerts that this one follows from: while they fire, it need not.
    pub follows: &'static [&'static str],
    pub symptom: &'static str,
    pub cause: &'static str,
    pub check: &'static str,
    pub fix: &'static str,
}

impl Alert {
    pub fn lasts(&self) -> Duration {
        minutes(self.minutes)
    }

    /// Returns the threshold of its name. A condition that needs one has it: a test sees to that.
    pub fn threshold(&self) -> Option<Threshold> {
        Threshold::of(self.name)
    }

    /// Over which time it looks.
    ///
    /// A counter that went up once must stay visible for as long as a short alert waits, and must be
    /// forgotten before a long one fires.
    pub fn window(&self) -> Duration {
        match self.condition {
            Condition::Vanished(_) => minutes(60),
            Condition::Happens(..) if self.minutes >= 5 => minutes(self.minutes - 1),
            // What is slow to matter is looked at over the whole time, so that it does not flap.
            Condition::Above(_) if self.minutes >= 15 => minutes(self.minutes),
            _ => minutes(5),
        }
    }

    /// Returns its expression, with all durations divided.
    pub fn expr(&self, naming: Naming, faster: Faster) -> String {
        let range = faster.duration(self.window());
        let promql = Promql::of_rule(naming, range.clone());
        let by = promql.by(self.by);
        match self.condition {
            Condition::Above(only) => self.above(&promql, only, faster),
            Condition::Happens(metric, only) => {
                let series = promql.series(metric, only);
                // A counter's first appearance is no increase to Prometheus.
                format!(
                    "sum{by} (increase({series}[{range}]) > 0 or ({series} > 0 unless {series} offset {range}))"
                )
            }
            Condition::Zero(metric) => format!("{} == 0", promql.sum(metric, &[], self.by)),
            Condition::Vanished(metric) => {
                let now = promql.series(metric, &[]);
                format!("sum{by} (max_over_time({now}[{range}])) > 0 unless sum{by} ({now})")
            }
            Condition::Unanswered(demand, operations) => {
                let rate = |metric, only| promql.rate(metric, only, self.by);
                let only: Only<'_> = &[(Label::Operation, operations)];
                let begun = rate(Metric::Request, only);
                let failed = rate(Metric::RequestFailure, only);
                // Calls are counted as they begin; there may never have been a failure.
                format!(
                    "{} > 0 unless {begun} - ({failed} or {begun} * 0) > 0",
                    rate(demand, &[])
                )
            }
            Condition::EmptyCache => {
                let polled = promql.rate(Metric::WorkflowTaskQueuePollSucceed, &[], self.by);
                let size = promql.sum(Metric::StickyCacheSize, &[], self.by);
                format!("{size} == 0 and {polled} > 0")
            }
        }
    }

    fn above(&self, promql: &Promql, only: Only<'_>, faster: Faster) -> String {
        let Some(threshold) = self.threshold() else {
            return String::new();
        };
        let (metric, value) = (threshold.metric, threshold.value);
        match threshold.measure {
            Measure::Quantile(quantile) => {
                let seconds = faster.seconds(value) * promql.naming().per_second();
                let expr = promql.quantile(quantile, metric, only, self.by);
                format!("{expr} > {seconds}")
            }
            Measure::PerSecond => format!("{} > {value}", promql.rate(metric, only, self.by)),
            _ if metric == Metric::WorkerTaskSlotsUsed => {
                let used = promql.sum(metric, only, self.by);
                let free = promql.sum(Metric::WorkerTaskSlotsAvailable, only, self.by);
                format!("{used} / ({used} + {free}) > {value}")
            }
            _ => {
                let part = promql.rate(metric, only, self.by);
                let hits = promql.rate(Metric::StickyCacheHit, only, self.by);
                // There may never have been a hit.
                format!("{part} > {value} * ({hits} or {part} * 0)")
            }
        }
    }
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}
