//! The captured lines, spans and metrics.

use std::collections::BTreeMap;

use opentelemetry_sdk::trace::SpanData;
use parking_lot::{Mutex, MutexGuard};

use super::{
    Line,
    sample::{Sample, Series},
};

/// The captured telemetry.
#[derive(Debug, Default)]
pub(super) struct Sink {
    lines: Mutex<Vec<Line>>,
    samples: Mutex<BTreeMap<Series, Sample>>,
    spans: Mutex<Vec<SpanData>>,
}

impl Sink {
    pub(super) fn line(&self, line: Line) {
        lock(&self.lines).push(line);
    }

    pub(super) fn span(&self, span: SpanData) {
        lock(&self.spans).push(span);
    }

    /// Changes the total of a series, which begins with `first`.
    pub(super) fn change(&self, series: &Series, first: Sample, change: impl FnOnce(&mut Sample)) {
        change(lock(&self.samples).entry(series.clone()).or_insert(first));
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        lock(&self.lines).clone()
    }

    pub(super) fn samples(&self) -> BTreeMap<Series, Sample> {
        lock(&self.samples).clone()
    }

    pub(super) fn spans(&self) -> Vec<SpanData> {
        lock(&self.spans).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}
