//! Counters of ends by class, and of failures by error type.

use metrics::Counter;

use super::{Labelled, Registry};
use crate::schema::{Label, Metric, Outcome};

/// Counts ends by class, and failures by error type.
pub(super) struct Ends {
    /// In the order of [`Outcome::CLASSES`].
    by_class: Vec<Counter>,
    registry: Registry,
    errors: Metric,
    labels: Vec<(Label, Box<str>)>,
}

impl Ends {
    /// Makes the counters of all classes, so that each starts at zero.
    pub(super) fn new(
        registry: &Registry,
        outcomes: Metric,
        errors: Metric,
        labels: &[Labelled<'_>],
    ) -> Self {
        let counter = |class: &&'static str| {
            let labels = [labels, &[(Label::Outcome, *class)]].concat();
            registry.counter(outcomes, &labels)
        };
        let owned = |(label, value): &Labelled<'_>| (*label, Box::from(*value));
        Self {
            by_class: Outcome::CLASSES.iter().map(counter).collect(),
            registry: registry.clone(),
            errors,
            labels: labels.iter().map(owned).collect(),
        }
    }

    pub(super) fn count(&self, outcome: &Outcome) {
        self.by_class[outcome.index()].increment(1);
        if let Some(error_type) = outcome.error_type() {
            let mut labels: Vec<_> = self.labels.iter().map(|(l, v)| (*l, &**v)).collect();
            labels.push((Label::ErrorType, error_type));
            self.registry.counter(self.errors, &labels).increment(1);
        }
    }
}
