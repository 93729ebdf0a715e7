//! The meter whose handles have the labels of an execution.

use metrics::{Counter, Gauge, Histogram, Key, Label, Recorder, with_recorder};

use super::METADATA;
use crate::execution::{Execution, current};

/// Makes handles with the labels of an execution, independent of where they are used.
///
/// The macros look up labels and series at each call. A meter's handle is bound once and needs no
/// further look-up.
///
/// ```
/// use chronoscope::metrics::Meter;
///
/// // In a workflow's `#[run]` function, an activity, or anywhere else.
/// let meter = Meter::current().label("kind", "express");
/// let packed = meter.counter("items_packed_total");
/// for _ in 0..3 {
///     packed.increment(1);
/// }
/// ```
///
/// # Replay
///
/// The handles belong to the process's recorder: with a [`ReplayRecorder`](super::ReplayRecorder)
/// they pass the gate at each use, and a gauge of workflow code may only be set.
///
/// # Cost
///
/// One registration per handle. Keep the handle in the workflow's or activity's own variables.
#[derive(Clone, Debug)]
pub struct Meter {
    execution: Option<Execution>,
    labels: Vec<Label>,
}

impl Meter {
    /// Returns the meter of the current execution. Outside any workflow or activity its handles get
    /// no labels from chronoscope.
    #[must_use]
    pub fn current() -> Self {
        Self {
            execution: current(),
            labels: Vec::new(),
        }
    }

    /// Adds a label to the handles that are made from now on.
    #[must_use]
    pub fn label(mut self, name: &'static str, value: impl Into<metrics::SharedString>) -> Self {
        self.labels.push(Label::new(name, value));
        self
    }

    /// Returns the counter of the given name.
    pub fn counter(&self, name: &'static str) -> Counter {
        self.register(name, |recorder, key| {
            recorder.register_counter(key, &METADATA)
        })
    }

    /// Returns the gauge of the given name.
    pub fn gauge(&self, name: &'static str) -> Gauge {
        self.register(name, |recorder, key| {
            recorder.register_gauge(key, &METADATA)
        })
    }

    /// Returns the histogram of the given name.
    pub fn histogram(&self, name: &'static str) -> Histogram {
        self.register(name, |recorder, key| {
            recorder.register_histogram(key, &METADATA)
        })
    }

    fn register<H>(&self, name: &'static str, register: fn(&dyn Recorder, &Key) -> H) -> H {
        let key = Key::from_parts(name, self.labels.clone());
        let register = || with_recorder(|recorder| register(recorder, &key));
        match &self.execution {
            Some(execution) => execution.clone().run(register),
            None => register(),
        }
    }
}
