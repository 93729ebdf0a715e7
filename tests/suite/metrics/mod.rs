//! Users' metrics and the core's, as a recorder gets them.

mod both_ways;
mod cardinality;
mod catalogue;
mod core;
mod endpoint;
mod fuzz;
mod heartbeats;
mod instruments;
mod leaving;
mod measures;
mod meter;
mod odd;
mod otlp;
mod panics;
mod prometheus;
mod recorder;
mod stuck;
mod terminated;

use std::collections::BTreeMap;

pub use self::measures::{observability, sum};
use metrics::Key;
use metrics_util::debugging::{DebugValue, Snapshotter};

/// What was recorded under each key, written as `name{label=value,…}`.
pub type Recorded = BTreeMap<String, f64>;

fn written(key: &Key) -> String {
    let mut labels: Vec<_> = key
        .labels()
        .map(|label| format!("{}={}", label.key(), label.value()))
        .collect();
    labels.sort();
    format!("{}{{{}}}", key.name(), labels.join(","))
}

pub fn read(snapshotter: &Snapshotter) -> Recorded {
    let value = |value| match value {
        DebugValue::Counter(count) => count as f64,
        DebugValue::Gauge(gauge) => gauge.into_inner(),
        DebugValue::Histogram(values) => values.len() as f64,
    };
    let all = snapshotter.snapshot().into_vec();
    all.into_iter()
        .map(|(key, _, _, seen)| (written(key.key()), value(seen)))
        .collect()
}
