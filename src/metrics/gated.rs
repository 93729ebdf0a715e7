//! Handles that ask the gate at each recording.

use std::{hash::Hash, sync::Arc};

use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn};

use super::{Refusals, held::Recording};
use crate::{
    commit::{Kind, note},
    execution::{current_replay, hide_metric, just_emits, with_current},
    replay::{GatedSignal, Verdict, admit},
    schema::OperationKind,
};

/// A handle that records only what the gate admits.
pub(super) struct Gated<H> {
    pub(super) inner: H,
    /// The hash of its key, by which recordings are compared.
    pub(super) key: u64,
}

/// Makes a recording now, if it counts; or when its workflow task is accepted. `what` tells it from
/// others.
#[inline]
pub(super) fn gated<W: Hash>(
    what: impl FnOnce() -> W,
    now: impl FnOnce(),
    later: impl FnOnce() -> Recording,
) {
    if just_emits() {
        return now();
    }
    let replay = current_replay();
    let verdict = admit(GatedSignal::Metric, replay);
    if replay.notes() && is_repeated(what()) {
        return;
    }
    match verdict {
        Verdict::Emit => now(),
        Verdict::Drop => hide_metric(),
        Verdict::Hold => later().hold(),
    }
}

/// Returns whether an earlier attempt at the workflow task has made this recording.
#[inline(never)]
fn is_repeated(what: impl Hash) -> bool {
    note(Kind::Recording, what).is_some_and(|(_, noted)| !noted.is_new)
}

impl CounterFn for Gated<Counter> {
    fn increment(&self, value: u64) {
        let later = || Recording::Increment(self.inner.clone(), value);
        gated(|| (self.key, value), || self.inner.increment(value), later);
    }

    fn absolute(&self, value: u64) {
        let later = || Recording::Absolute(self.inner.clone(), value);
        gated(|| (self.key, value), || self.inner.absolute(value), later);
    }
}

impl HistogramFn for Gated<Histogram> {
    fn record(&self, value: f64) {
        let later = || Recording::Record(self.inner.clone(), value, 1);
        let what = || (self.key, value.to_bits());
        gated(what, || self.inner.record(value), later);
    }

    fn record_many(&self, value: f64, count: usize) {
        let later = || Recording::Record(self.inner.clone(), value, count);
        let what = || (self.key, value.to_bits(), count);
        gated(what, || self.inner.record_many(value, count), later);
    }
}

/// A gauge that, in workflow code, may only be set.
pub(super) struct GatedGauge {
    pub(super) gauge: Gauge,
    pub(super) key: u64,
    pub(super) name: Arc<str>,
    pub(super) refusals: Refusals,
}

impl GatedGauge {
    /// Changes the gauge by a difference, outside workflow code.
    fn change(&self, change: impl FnOnce(&Gauge)) {
        if admit(GatedSignal::Metric, current_replay()) == Verdict::Drop {
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
        let what = || (self.key, value.to_bits());
        gated(what, || self.gauge.set(value), later);
    }
}
