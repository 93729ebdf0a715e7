//! What an observer is put together of.

use std::{any::Any, sync::Arc};

use super::{Observer, OnEnd, OnStart, observer::Shared};
use crate::{
    execution::Policy,
    metrics::{FacadeMeter, Measures},
    search_attributes::Attributes,
    trace::Traces,
};

#[derive(Clone, Default)]
pub(super) struct Parts {
    pub(super) policy: Policy,
    pub(super) on_start: Option<Arc<dyn OnStart>>,
    pub(super) on_end: Option<Arc<dyn OnEnd>>,
    pub(super) measures: Option<Measures>,
    pub(super) core_meter: Option<FacadeMeter>,
    pub(super) traces: Option<Traces>,
    pub(super) attributes: Attributes,
    pub(super) shared: Arc<Shared>,
    /// What whoever observes keeps: exporters and servers.
    pub(super) keeps: Option<Arc<dyn Any + Send + Sync>>,
}

impl Observer {
    pub(crate) fn policy(mut self, policy: Policy) -> Self {
        Arc::make_mut(&mut self.0).policy = policy;
        self
    }

    pub(crate) fn on_start(mut self, hook: impl OnStart) -> Self {
        Arc::make_mut(&mut self.0).on_start = Some(Arc::new(hook));
        self
    }

    pub(crate) fn on_end(mut self, hook: impl OnEnd) -> Self {
        Arc::make_mut(&mut self.0).on_end = Some(Arc::new(hook));
        self
    }

    pub(crate) fn measures(mut self, measures: Option<Measures>) -> Self {
        Arc::make_mut(&mut self.0).measures = measures;
        self
    }

    /// Sets what the core measures by, if anything reads it.
    pub(crate) fn measured_by_core(mut self, meter: Option<FacadeMeter>) -> Self {
        Arc::make_mut(&mut self.0).core_meter = meter;
        self
    }

    pub(crate) fn traces(mut self, traces: Option<Traces>) -> Self {
        Arc::make_mut(&mut self.0).traces = traces;
        self
    }

    pub(crate) fn attributes(mut self, attributes: Attributes) -> Self {
        Arc::make_mut(&mut self.0).attributes = attributes;
        self
    }

    /// Keeps something for as long as anybody observes.
    pub(crate) fn keeping(mut self, what: Arc<dyn Any + Send + Sync>) -> Self {
        Arc::make_mut(&mut self.0).keeps = Some(what);
        self
    }
}
