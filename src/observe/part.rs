use std::sync::Arc;

use super::{Observer, OnEnd, observer::Parts};
use crate::{
    execution::{Execution, Info},
    schema::Outcome,
};

/// What a layer observes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its ids on every line, and the user's hooks.
    Logs,
    Metrics,
    Traces,
}

impl Observer {
    /// Returns whether both are of one value.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.shared, &other.0.shared)
    }

    /// Adds a hook to those that there are.
    pub(crate) fn also_on_end(mut self, hook: impl OnEnd) -> Self {
        let parts = Arc::make_mut(&mut self.0);
        parts.on_end = Some(match parts.on_end.take() {
            Some(first) => Arc::new(move |execution: &Execution, outcome: &Outcome| {
                first.on_end(execution, outcome);
                hook.on_end(execution, outcome);
            }),
            None => Arc::new(hook),
        });
        self
    }

    pub(crate) fn has_hooks(&self) -> bool {
        self.0.on_start.is_some() || self.0.on_end.is_some()
    }

    pub(crate) fn without_hooks(mut self) -> Self {
        let parts = Arc::make_mut(&mut self.0);
        (parts.on_start, parts.on_end) = (None, None);
        self
    }

    /// Returns an observer of one part.
    pub(crate) fn only(&self, part: Part) -> Self {
        let observer = match part {
            Part::Logs => self.clone(),
            _ => self.clone().without_hooks(),
        };
        let mut parts = Parts::clone(&observer.0);
        if part != Part::Metrics {
            parts.measures = None;
        }
        if part != Part::Traces {
            parts.traces = None;
        }
        Self(Arc::new(parts))
    }

    /// Joins the parts of another observer that comes of the same value as this one, and returns
    /// whether it does.
    pub(crate) fn join(&mut self, other: &Self) -> bool {
        if !self.is(other) {
            return false;
        }
        let (own, other) = (Arc::make_mut(&mut self.0), &other.0);
        own.on_start = own.on_start.take().or_else(|| other.on_start.clone());
        own.on_end = own.on_end.take().or_else(|| other.on_end.clone());
        own.measures = own.measures.take().or_else(|| other.measures.clone());
        own.traces = own.traces.take().or_else(|| other.traces.clone());
        true
    }

    /// Returns what this observes of an operation beyond what is observed of it already, or `None`
    /// if that is nothing.
    pub(crate) fn beyond(&self, info: &Info) -> Option<Self> {
        let (is_measured, is_traced) = info.is_observed();
        let mut parts = Parts::clone(&self.0);
        if info.is_hooked() {
            (parts.on_start, parts.on_end) = (None, None);
        }
        parts.measures = parts.measures.filter(|_| !is_measured);
        parts.traces = parts.traces.filter(|_| !is_traced);
        let observer = Self(Arc::new(parts));
        let adds =
            observer.has_hooks() || observer.0.measures.is_some() || observer.0.traces.is_some();
        adds.then_some(observer)
    }
}
