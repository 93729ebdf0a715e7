//! Series over time, as Prometheus would store them, with one sample per minute.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a scrape leaves of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    Value(f64),
    /// A staleness marker: its target is gone or does not respond.
    Stale,
}

const GAUGES: [&str; 2] = ["num_pollers", "worker_task_slots"];

/// All series of a day.
#[derive(Debug, Default)]
pub struct Series(BTreeMap<String, Vec<Option<Sample>>>);

impl Series {
    pub fn push(&mut self, series: &str, minute: usize, sample: Sample) {
        let samples = match self.0.get_mut(series) {
            Some(samples) => samples,
            None => self.0.entry(series.to_owned()).or_default(),
        };
        // One staleness marker is enough.
        if sample == Sample::Stale && samples.iter().flatten().last() == Some(&Sample::Stale) {
            return;
        }
        samples.resize(minute, None);
        samples.push(Some(sample));
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The counters that increase during the day, or that appear with a value above zero, and the
    /// gauges of pollers and slots that fall to zero.
    pub fn moving(&self) -> impl Iterator<Item = &str> {
        let moves = |series: &str, samples: &[Option<Sample>]| {
            if GAUGES.iter().any(|gauge| series.contains(gauge)) {
                return samples.contains(&Some(Sample::Value(0.0)));
            }
            let appears = samples.first().is_some_and(Option::is_none);
            let mut values = samples.iter().flatten().filter_map(|sample| match sample {
                Sample::Value(value) => Some(*value),
                Sample::Stale => None,
            });
            let first = if appears { Some(0.0) } else { values.next() };
            first.is_some_and(|first| values.any(|value| value > first))
        };
        let moving = self
            .0
            .iter()
            .filter(move |(series, samples)| moves(series, samples));
        moving.map(|(series, _)| series.as_str())
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The series as `promtool test rules` reads them.
    pub fn written(&self) -> Value {
        let sample = |sample: &Option<Sample>| match sample {
            None => "_".to_owned(),
            Some(Sample::Stale) => "stale".to_owned(),
            Some(Sample::Value(value)) => value.to_string(),
        };
        let one = |(series, samples): (&String, &Vec<Option<Sample>>)| {
            let values: Vec<_> = samples.iter().map(sample).collect();
            json!({"series": series, "values": values.join(" ")})
        };
        self.0.iter().map(one).collect()
    }
}
