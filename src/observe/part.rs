use std::sync::Arc;

use super::Observer;
use crate::execution::Info;

/// What a layer observes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its ids on every line, and the user's hooks.
    Logs,
    Metrics,
    Traces,
}

impl Observer {
    /// Returns an observer of one part.
    pub(crate) fn only(&self, part: Part) -> Self {
        let mut observer = self.clone();
        if part != Part::Logs {
            (observer.on_start, observer.on_end) = (None, None);
        }
        if part != Part::Metrics {
            observer.measures = None;
        }
        if part != Part::Traces {
            observer.traces = None;
        }
        observer
    }

    /// Joins the parts of another observer that comes of the same value as this one, and returns
    /// whether it does.
    pub(crate) fn join(&mut self, other: &Self) -> bool {
        if !Arc::ptr_eq(&self.shared, &other.shared) {
            return false;
        }
        self.on_start = self.on_start.take().or_else(|| other.on_start.clone());
        self.on_end = self.on_end.take().or_else(|| other.on_end.clone());
        self.measures = self.measures.take().or_else(|| other.measures.clone());
        self.traces = self.traces.take().or_else(|| other.traces.clone());
        true
    }

    /// Returns what this observes of an operation beyond what is observed of it already, or `None`
    /// if that is nothing.
    pub(crate) fn beyond(&self, info: &Info) -> Option<Self> {
        let (is_measured, is_traced) = info.is_observed();
        let mut observer = self.clone();
        if info.is_hooked() {
            (observer.on_start, observer.on_end) = (None, None);
        }
        observer.measures = observer.measures.filter(|_| !is_measured);
        observer.traces = observer.traces.filter(|_| !is_traced);
        let adds = observer.has_hooks() || observer.measures.is_some() || observer.traces.is_some();
        adds.then_some(observer)
    }

    /// Returns whether there are hooks of the user's.
    pub(super) fn has_hooks(&self) -> bool {
        self.on_start.is_some() || self.on_end.is_some()
    }
}
