//! Workers as promtool is told of them: healthy ones, and those that an alert is for.

use std::ops::Range;

use chronoscope::schema::{Label, Measure, Metric, Naming, Threshold};

use super::generate::{Alert, alert::Condition};

/// For how many minutes there are samples.
pub const MINUTES: usize = 140;

/// When something is wrong.
pub const BAD: Range<usize> = 20..70;

/// When something happened once.
const BLIP: usize = 8;

/// A series with one sample a minute; there is none while it is away.
pub struct Series {
    pub series: String,
    pub values: Vec<Option<f64>>,
}

/// Writes the series of one alert, in a namespace of its own.
struct Fleet<'a> {
    alert: &'a Alert,
    naming: Naming,
    is_bad: bool,
    series: Vec<Series>,
}

/// Returns what an alert looks at, either healthy all the time or bad for a while.
pub fn of(alert: &Alert, naming: Naming, is_bad: bool) -> Vec<Series> {
    let mut fleet = Fleet {
        alert,
        naming,
        is_bad,
        series: Vec::new(),
    };
    match alert.condition {
        Condition::Above(only) => fleet.above(only),
        Condition::Happens(metric, only) => fleet.happens(metric, only),
        Condition::Zero(metric) => fleet.gauge(metric, |bad| Some(if bad { 0.0 } else { 5.0 })),
        Condition::Vanished(metric) => fleet.gauge(metric, |bad| (!bad).then_some(5.0)),
        Condition::Unanswered(demand, operations) => {
            fleet.counter(demand, &[], |_| 60.0);
            fleet.answered(operations, |bad| if bad { 60.0 } else { 30.0 });
        }
        Condition::EmptyCache => {
            fleet.gauge(Metric::StickyCacheSize, |bad| {
                Some(if bad { 0.0 } else { 10.0 })
            });
            fleet.counter(Metric::WorkflowTaskQueuePollSucceed, &[], |_| 60.0);
            fleet.answered("RespondWorkflowTaskCompleted", |_| 0.0);
        }
    }
    fleet.series
}

impl Fleet<'_> {
    fn bad(&self, minute: usize) -> bool {
        self.is_bad && BAD.contains(&minute)
    }

    /// A series of a metric, each label with the first value that a rule may want.
    fn name(&self, metric: Metric, suffix: &str, only: &[(Label, &str)], more: &str) -> String {
        let value = |label: &Label| {
            let wanted = only.iter().find(|(known, _)| known == label);
            let Some((_, wanted)) = wanted.filter(|(_, wanted)| !wanted.starts_with('!')) else {
                return self.alert.name.to_owned();
            };
            let first = wanted
                .replace("(Workflow|Activity)", "Activity")
                .replace(".*", "Completed");
            first.split('|').next().unwrap().to_owned()
        };
        let labels = metric
            .labels()
            .iter()
            .map(|label| format!("{}=\"{}\"", label.name(), value(label)));
        let labels: Vec<_> = labels.collect();
        let name = metric.exported_name(self.naming);
        format!(
            "{name}{suffix}{{job=\"worker\",instance=\"a:1\",{}{more}}}",
            labels.join(",")
        )
    }

    fn push(&mut self, series: String, value: impl Fn(usize) -> Option<f64>) {
        let values = (0..MINUTES).map(value).collect();
        self.series.push(Series { series, values });
    }

    fn gauge(&mut self, metric: Metric, value: impl Fn(bool) -> Option<f64>) {
        let bad: Vec<_> = (0..MINUTES).map(|minute| self.bad(minute)).collect();
        self.push(self.name(metric, "", &[], ""), |minute| value(bad[minute]));
    }

    /// A counter, by how much it goes up in a minute.
    fn counter(&mut self, metric: Metric, only: &[(Label, &str)], add: impl Fn(bool) -> f64) {
        self.counted(self.name(metric, "", only, ""), add);
    }

    fn counted(&mut self, series: String, add: impl Fn(bool) -> f64) {
        let mut total = 0.0;
        let totals: Vec<_> = (0..MINUTES)
            .map(|minute| {
                total += add(self.bad(minute));
                Some(total)
            })
            .collect();
        self.push(series, |minute| totals[minute]);
    }

    /// Calls of which some fail.
    fn answered(&mut self, operations: &str, failed: impl Fn(bool) -> f64) {
        let only = [(Label::Operation, operations)];
        self.counter(Metric::Request, &only, |_| 60.0);
        self.counter(Metric::RequestFailure, &only, failed);
    }

    /// A counter that went up once, which alone is no reason for an alert that waits long; then
    /// it goes up for as long as something is wrong.
    fn happens(&mut self, metric: Metric, only: &[(Label, &str)]) {
        let series = self.name(metric, "", only, "");
        let blips = self.alert.minutes >= 5;
        let mut total = 0.0;
        let totals: Vec<_> = (0..MINUTES)
            .map(|minute| {
                let happens = self.bad(minute) || (blips && minute == BLIP);
                total += if happens { 1.0 } else { 0.0 };
                // Nothing has made it a zero: its first sample is its first failure.
                (total > 0.0 || self.alert.minutes == 2).then_some(total)
            })
            .collect();
        self.push(series, |minute| totals[minute]);
    }

    fn above(&mut self, only: &[(Label, &str)]) {
        let threshold = self.alert.threshold().unwrap();
        let (metric, value) = (threshold.metric, threshold.value);
        match threshold.measure {
            Measure::Quantile(_) => self.latencies(metric, value, only),
            Measure::PerSecond => {
                let near = |bad| if bad { 1.1 } else { 0.9 };
                self.counter(metric, only, |bad| 60.0 * value * near(bad));
            }
            _ if metric == Metric::WorkerTaskSlotsUsed => {
                let used = |bad| {
                    if bad {
                        100.0 * value + 1.0
                    } else {
                        100.0 * value
                    }
                };
                self.gauge(metric, |bad| Some(used(bad)));
                self.gauge(Metric::WorkerTaskSlotsAvailable, |bad| {
                    Some(100.0 - used(bad))
                });
            }
            _ => {
                self.counter(Metric::StickyCacheHit, only, |_| 60.0);
                self.counter(metric, only, |bad| {
                    60.0 * value * if bad { 1.1 } else { 1.0 }
                });
            }
        }
    }

    /// Durations right below a threshold, or in the bucket right above it.
    fn latencies(&mut self, metric: Metric, threshold: f64, only: &[(Label, &str)]) {
        let bounds = metric.buckets();
        // Where all is well, no other threshold of the same metric is crossed, either.
        let all = Threshold::ALL.iter().filter(|other| other.metric == metric);
        let lowest = all.map(|other| other.value).fold(threshold, f64::min);
        let calm = if self.is_bad { threshold } else { lowest };
        let next = bounds
            .iter()
            .copied()
            .find(|bound| *bound > threshold)
            .unwrap();
        for bound in bounds.iter().copied().chain([f64::INFINITY]) {
            let le = match bound.is_finite() {
                true => (bound * self.naming.per_second()).to_string(),
                false => "+Inf".to_owned(),
            };
            let series = self.name(metric, "_bucket", only, &format!(",le=\"{le}\""));
            self.counted(series, |bad| {
                let reached = if bad { bound >= next } else { bound >= calm };
                if reached { 100.0 } else { 0.0 }
            });
        }
    }
}
