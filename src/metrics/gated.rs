//! Handles that ask the gate at each recording.

use std::sync::Arc;

use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn};

use super::{Refusals, held::Recording};
use crate::{
    execution::{current_replay, hide_metric, with_current},
    replay::{Signal, Verdict, admit},
    schema::OperationKind,
};

/// A handle that records only what the gate admits.
pub(super) struct Gated<H>(pub(super) H);

/// Makes a recording now, if it counts; or when its workflow task is accepted.
#[inline]
pub(super) fn gated(now: impl FnOnce(), later: impl FnOnce() -> Recording) {
    match admit(Signal::Metric, current_replay()) {
        Verdict::Emit => now(),
        Verdict::Drop => hide_metric(),
        Verdict::Hold => later().hold(),
    }
}

impl CounterFn for Gated<Counter> {
    fn increment(&self, value: u64) {
        let later = || Recording::Increment(self.0.clone(), value);
        gated(|| self.0.increment(value), later);
    }

    fn absolute(&self, value: u64) {
        let later = || Recording::Absolute(self.0.clone(), value);
        gated(|| self.0.absolute(value), later);
    }
}

impl HistogramFn for Gated<Histogram> {
    fn record(&self, value: f64) {
        let later = || Recording::Record(self.0.clone(), value, 1);
        gated(|| self.0.record(value), later);
    }

    fn record_many(&self, value: f64, count: usize) {
        let later = || Recording::Record(self.0.clone(), value, count);
        gated(|| self.0.record_many(value, count), later);
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
        if admit(Signal::Metric, current_replay()) == Verdict::Drop {
            hide_metric();
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
        let later = || Recording::Set(self.gauge.clone(), value);
        gated(|| self.gauge.set(value), later);
    }
}
