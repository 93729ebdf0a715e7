//! One process of a fleet: its counters and gauges, from its start to its end.

use std::collections::BTreeMap;

use chronoscope::schema::{Label, Metric, Naming};

use crate::generate::{
    per_second,
    threshold::{Measure, Threshold},
};

/// How a fleet's metrics reach Prometheus.
#[derive(Clone, Copy, Debug)]
pub struct Via {
    pub naming: Naming,
    /// Pushed by OTLP, without `up` and without staleness markers.
    pub otlp: bool,
    /// Scraped on Kubernetes, where targets have a label `namespace` too.
    pub kubernetes: bool,
}

/// A process that serves one queue of a namespace.
#[derive(Debug)]
pub struct Process {
    pub job: &'static str,
    pub instance: String,
    pub namespace: &'static str,
    pub queue: &'static str,
    pub via: Via,
    /// Whether it ends with this minute.
    pub ended: bool,
    pub reachable: bool,
    /// Workflow tasks that failed in the last minute, whose runs are replayed.
    pub failed: f64,
    pub values: BTreeMap<String, f64>,
}

impl Process {
    /// The labels of its target.
    fn target(&self) -> String {
        let pods = if self.via.kubernetes {
            ",namespace=\"pods\""
        } else {
            ""
        };
        format!("job=\"{}\",instance=\"{}\"{pods}", self.job, self.instance)
    }

    pub fn up(&self) -> String {
        format!("up{{{}}}", self.target())
    }

    fn name(&self, metric: Metric, suffix: &str, labels: &[(&str, &str)]) -> String {
        let mut name = format!(
            "{}{suffix}{{{}",
            metric.exported_name(self.via.naming),
            self.target()
        );
        let mut add = |label: &str, value: &str| name.push_str(&format!(",{label}=\"{value}\""));
        if metric.labels().contains(&Label::Namespace) {
            let label = if self.via.kubernetes {
                "exported_namespace"
            } else {
                "namespace"
            };
            add(label, self.namespace);
        }
        let of_queue = metric.labels().contains(&Label::TaskQueue) && !self.queue.is_empty();
        // Metrics of calls have the queue only for polls and starts.
        if of_queue && !metric.labels().contains(&Label::Operation) {
            add("task_queue", self.queue);
        }
        labels.iter().for_each(|(label, value)| add(label, value));
        name + "}"
    }

    /// Continues under another instance.
    pub fn relabel(&mut self) {
        let other = self.instance.replace("10.0.", "10.1.");
        let values = std::mem::take(&mut self.values).into_iter();
        let renamed = values.map(|(name, value)| (name.replace(&self.instance, &other), value));
        self.values = renamed.collect();
        self.instance = other;
    }

    pub fn set(&mut self, metric: Metric, labels: &[(&str, &str)], value: f64) {
        self.values.insert(self.name(metric, "", labels), value);
    }

    /// Adds to a counter. Adding zero registers it.
    pub fn add(&mut self, metric: Metric, labels: &[(&str, &str)], more: f64) {
        *self
            .values
            .entry(self.name(metric, "", labels))
            .or_default() += more;
    }

    /// Records a value in a histogram, a number of times. Only the buckets around thresholds are kept.
    pub fn record(&mut self, metric: Metric, labels: &[(&str, &str)], value: f64, count: f64) {
        for bound in bounds(metric) {
            let scaled = bound * self.scale(metric);
            // By OTLP, and where Prometheus 3 scrapes, a whole number has a point, too.
            let le = match bound.is_finite() {
                true if self.via.otlp => format!("{scaled:?}"),
                true => scaled.to_string(),
                false => "+Inf".to_owned(),
            };
            let labels = [labels, &[("le", &le)]].concat();
            let reached = if value <= bound { count } else { 0.0 };
            *self
                .values
                .entry(self.name(metric, "_bucket", &labels))
                .or_default() += reached;
        }
        if MEANS.contains(&metric) {
            let sum = value * count * self.scale(metric);
            let name = self.name(metric, "_sum", labels);
            *self.values.entry(name).or_default() += sum;
        }
        // Rules on a maximum need no count.
        if quantiles(metric).all(|(quantile, _)| quantile < 1.0) {
            let name = self.name(metric, "_count", labels);
            *self.values.entry(name).or_default() += count;
        }
    }

    fn scale(&self, metric: Metric) -> f64 {
        match metric.unit() {
            chronoscope::schema::Unit::Seconds => per_second(self.via.naming),
            _ => 1.0,
        }
    }
}

/// The metrics whose mean is of interest.
const MEANS: [Metric; 2] = [
    Metric::ActivityExecutionLatency,
    Metric::LocalActivityExecutionLatency,
];

/// The quantiles of a metric that have a threshold, each with the threshold.
fn quantiles(metric: Metric) -> impl Iterator<Item = (f64, f64)> {
    let own = Threshold::ALL
        .iter()
        .filter(move |threshold| threshold.metric == metric);
    own.filter_map(|threshold| match threshold.measure {
        Measure::Quantile(quantile) => Some((quantile, threshold.value)),
        _ => None,
    })
}

/// The thresholds of a metric's quantiles, the next bound above each, and infinity.
fn bounds(metric: Metric) -> Vec<f64> {
    let all = metric.buckets();
    let near = |at: usize| {
        quantiles(metric).any(|(_, value)| all[at] == value || at > 0 && all[at - 1] == value)
    };
    let kept = (0..all.len()).filter(|at| near(*at)).map(|at| all[at]);
    match quantiles(metric).next() {
        Some(_) => kept.chain([f64::INFINITY]).collect(),
        None => Vec::new(),
    }
}
