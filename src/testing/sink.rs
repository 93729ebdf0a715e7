//! The captured lines, spans and metrics.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use opentelemetry_sdk::trace::SpanData;

use super::{
    Line,
    sample::{Sample, Series},
};

/// The captured telemetry.
#[derive(Debug, Default)]
pub(super) struct Sink {
    lines: Mutex<Vec<Line>>,
    pub(super) samples: Mutex<BTreeMap<Series, Sample>>,
    spans: Mutex<Vec<SpanData>>,
}

impl Sink {
    pub(super) fn line(&self, line: Line) {
        lock(&self.lines).push(line);
    }

    pub(super) fn span(&self, span: SpanData) {
        lock(&self.spans).push(span);
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
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
