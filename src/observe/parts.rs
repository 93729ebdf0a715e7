//! The parts that an observer is built from.

use std::{any::Any, sync::Arc};

use super::{Observer, OnEnd, OnStart, observer::Shared, stuck::Settings};
use crate::{
    execution::{Policy, Spans},
    metrics::{FacadeMeter, Measures},
    search_attributes::Attributes,
    trace::Traces,
};

#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) policy: Policy,
    pub(crate) on_start: Option<Arc<dyn OnStart>>,
    pub(crate) on_end: Option<Arc<dyn OnEnd>>,
    pub(crate) measures: Option<Measures>,
    /// The meter of the core's metrics, if anything reads it.
    pub(crate) core_meter: Option<FacadeMeter>,
    pub(crate) traces: Option<Traces>,
    pub(crate) attributes: Attributes,
    /// The span of each execution, if other layers are to see its ids.
    pub(crate) spans: Option<Spans>,
    /// What is watched of runs that do not move.
    pub(crate) stuck: Arc<Settings>,
    pub(super) shared: Arc<Shared>,
    /// The signals of each execution.
    #[cfg(feature = "testing")]
    pub(crate) mark: Option<crate::execution::Mark>,
    /// Exporters and servers that live as long as the observer.
    pub(crate) keeps: Option<Arc<dyn Any + Send + Sync>>,
}

impl Observer {
    /// Returns the same parts with some of them set.
    pub(crate) fn with(mut self, set: impl FnOnce(&mut Parts)) -> Self {
        set(Arc::make_mut(&mut self.parts));
        self
    }
}
