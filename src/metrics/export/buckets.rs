//! The buckets of histograms, by metric.

use crate::schema::{Metric, MetricKind, Naming, Unit};

/// The default bounds of histograms: three per decade, from a millisecond to a day if the unit is
/// seconds.
const DEFAULT: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0,
    100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0, 25_000.0, 50_000.0, 100_000.0,
];

/// The upper bounds of histograms' buckets, by metric: finite, ascending, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    by_name: Vec<(String, Vec<f64>)>,
}

impl Buckets {
    /// Sets the bounds of a metric, in whatever order they come. If there are none, those stay that
    /// nothing else is said of.
    pub(super) fn set(&mut self, name: String, mut bounds: Vec<f64>) {
        // What is above all bounds has a bucket of its own.
        bounds.retain(|bound| bound.is_finite());
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        if bounds.is_empty() {
            return;
        }
        self.by_name.retain(|(known, _)| *known != name);
        self.by_name.push((name, bounds));
    }

    pub(super) fn default_bounds() -> &'static [f64] {
        DEFAULT
    }

    /// Returns every histogram with its own bounds: those of the catalogue, under each of their
    /// names, and the user's, which come later and win.
    pub(super) fn by_name(&self) -> Vec<(String, Vec<f64>)> {
        let histograms = Metric::ALL
            .iter()
            .filter(|metric| metric.kind() == MetricKind::Histogram);
        let named = |metric: &Metric, naming: Naming| {
            let scale = match metric.unit() {
                Unit::Seconds => naming.per_second(),
                _ => 1.0,
            };
            let bounds = metric.buckets().iter().map(|bound| bound * scale);
            (metric.exported_name(naming), bounds.collect())
        };
        let mut all = Buckets::default();
        for metric in histograms {
            for naming in [Naming::Core, Naming::Prometheus] {
                let (name, bounds) = named(metric, naming);
                all.set(name, bounds);
            }
        }
        for (name, bounds) in &self.by_name {
            all.set(name.clone(), bounds.clone());
        }
        all.by_name
    }
}
