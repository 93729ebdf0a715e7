//! Plays rules over days with `promtool test rules`, and reads what fired when.

use std::{collections::BTreeMap, fs, path::Path, thread};

use serde_json::{Value, json};

use super::healthy::Day;
use crate::{rules::promtool, support::unique};

/// An alert that fired during a day.
#[derive(Clone, Debug, Default)]
pub struct Fired {
    pub labels: BTreeMap<String, String>,
    /// The first and the last minute.
    pub first: usize,
    pub last: usize,
}

impl Fired {
    pub fn name(&self) -> &str {
        &self.labels["alertname"]
    }

    pub fn is_firing(&self, minute: usize) -> bool {
        (self.first..=self.last).contains(&minute)
    }
}

/// How many days one promtool plays, and how many promtools run in parallel.
const BATCH: usize = 5;
const AT_ONCE: usize = 2;

/// Returns what fired on each day, by the promtool of one generation of Prometheus.
pub fn play(generation: &str, rules: &Path, days: &[Day]) -> Vec<Vec<Fired>> {
    let batches: Vec<_> = days.chunks(BATCH).collect();
    let share = batches.len().div_ceil(AT_ONCE).max(1);
    thread::scope(|scope| {
        let run = |batches: &[&[Day]]| -> Vec<_> {
            batches
                .iter()
                .flat_map(|batch| one_batch(generation, rules, batch))
                .collect()
        };
        let shares: Vec<_> = batches
            .chunks(share)
            .map(|batches| scope.spawn(move || run(batches)))
            .collect();
        shares
            .into_iter()
            .flat_map(|share| share.join().unwrap())
            .collect()
    })
}

fn one_batch(generation: &str, rules: &Path, days: &[Day]) -> Vec<Vec<Fired>> {
    let tests: Vec<_> = days
        .iter()
        .enumerate()
        .map(|(at, day)| test(at, day))
        .collect();
    let file = std::env::temp_dir().join(unique("promtool"));
    let rules = fs::canonicalize(rules).unwrap();
    let text = json!({"rule_files": [rules], "evaluation_interval": "1m", "tests": tests});
    fs::write(&file, text.to_string()).unwrap();
    let (_, words) = promtool(generation, &["test", "rules"], &file);
    fs::remove_file(file).unwrap();
    let mut fired: Vec<BTreeMap<String, Fired>> = vec![BTreeMap::new(); days.len()];
    let mut samples = 0;
    for (mut labels, value) in words.lines().flat_map(samples_of) {
        samples += 1;
        let day: usize = labels.remove("day").unwrap().parse().unwrap();
        let edge = labels.remove("edge").unwrap();
        labels.remove("alertstate");
        if labels.remove("asked").is_some() {
            continue;
        }
        let minute = (value / 60.0) as usize;
        let fired = fired[day].entry(format!("{labels:?}")).or_default();
        fired.labels = labels;
        match edge.as_str() {
            "first" => fired.first = minute,
            _ => fired.last = minute,
        }
    }
    // Each query has a result, since part of it always has one.
    assert!(samples >= 2 * days.len(), "promtool: {words}");
    fired
        .into_iter()
        .map(|fired| fired.into_values().collect())
        .collect()
}

/// The series of a day, and two queries. promtool prints their results, because it is told to
/// expect none.
fn test(at: usize, day: &Day) -> Value {
    let question = |edge: &str, function: &str| {
        let minutes = day.minutes;
        let firing = format!("timestamp(ALERTS{{alertstate=\"firing\"}})[{minutes}m:1m]");
        let edge = |expr: &str| {
            format!(
                "label_replace(label_replace({expr}, \"day\", \"{at}\", \"\", \"\"), \"edge\", \"{edge}\", \"\", \"\")"
            )
        };
        let asked = edge("label_replace(vector(0), \"asked\", \"yes\", \"\", \"\")");
        json!({
            "expr": format!("{} or {asked}", edge(&format!("{function}({firing})"))),
            "eval_time": format!("{}m", day.minutes),
            "exp_samples": [],
        })
    };
    json!({
        "interval": "1m",
        "input_series": day.series.written(),
        "promql_expr_test": [question("first", "min_over_time"), question("last", "max_over_time")],
    })
}

/// The samples in a line of promtool's output, each in the form `{a="b", …} 1E+00`.
fn samples_of(line: &str) -> Vec<(BTreeMap<String, String>, f64)> {
    let Some(line) = line.trim().strip_prefix("got: ") else {
        return Vec::new();
    };
    let mut samples = Vec::new();
    for sample in line.split('{').skip(1) {
        let (labels, value) = sample.rsplit_once('}').unwrap();
        let pairs = labels.split("\", ").map(|pair| {
            let (label, value) = pair.split_once("=\"").unwrap();
            (label.to_owned(), value.trim_end_matches('"').to_owned())
        });
        samples.push((
            pairs.collect(),
            value.trim().trim_end_matches(',').parse().unwrap(),
        ));
    }
    samples
}
