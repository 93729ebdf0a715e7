//! Handles that ask the gate at each recording.

use std::sync::Arc;

use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn};

use super::Refusals;
use crate::{
    execution::{current_replay, hide_metric, with_current},
    replay::{Signal, Verdict, admit},
    schema::OperationKind,
};

/// A handle that records only what the gate admits.
pub(super) struct Gated<H>(pub(super) H);

/// Returns whether a recording counts now.
#[inline]
pub(super) fn admitted() -> bool {
    let admitted = admit(Signal::Metric, current_replay()) == Verdict::Emit;
    if !admitted {
        hide_metric();
    }
    admitted
}

impl CounterFn for Gated<Counter> {
    fn increment(&self, value: u64) {
        if admitted() {
            self.0.increment(value);
        }
    }

    fn absolute(&self, value: u64) {
        if admitted() {
            self.0.absolute(value);
        }
    }
}

impl HistogramFn for Gated<Histogram> {
    fn record(&self, value: f64) {
        if admitted() {
            self.0.record(value);
        }
    }

    fn record_many(&self, value: f64, count: usize) {
        if admitted() {
            self.0.record_many(value, count);
        }
    }
}

/// A gauge that, in workflow code, may only be set.
pub(super) struct GatedGauge {
    pub(super) gauge: Gauge,
    pub(super) name: Arc<str>,
    pub(super) refusals: Refusals,
}

impl GatedGauge {
    /// Changes the gauge by a difference, outside workflow code.
    fn change(&self, change: impl FnOnce(&Gauge)) {
        if !admitted() {
            return;
        }
        if with_current(|now| now.kind() == OperationKind::Workflow) == Some(true) {
            self.refusals.refuse(&self.name);
        } else {
            change(&self.gauge);
        }
    }
}

impl GaugeFn for GatedGauge {
    fn increment(&self, value: f64) {
        self.change(|gauge| gauge.increment(value));
    }

    fn decrement(&self, value: f64) {
        self.change(|gauge| gauge.decrement(value));
    }

    fn set(&self, value: f64) {
        if admitted() {
            self.gauge.set(value);
        }
    }
}
