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
pub(crate) struct Parts {
    pub(crate) policy: Policy,
    pub(crate) on_start: Option<Arc<dyn OnStart>>,
    pub(crate) on_end: Option<Arc<dyn OnEnd>>,
    pub(crate) measures: Option<Measures>,
    /// What the core measures by, if anything reads it.
    pub(crate) core_meter: Option<FacadeMeter>,
    pub(crate) traces: Option<Traces>,
    pub(crate) attributes: Attributes,
    pub(super) shared: Arc<Shared>,
    /// What each execution bears.
    #[cfg(feature = "testing")]
    pub(crate) mark: Option<crate::execution::Mark>,
    /// What whoever observes keeps: exporters and servers.
    pub(crate) keeps: Option<Arc<dyn Any + Send + Sync>>,
}

impl Observer {
    /// Returns the same with some of its parts set.
    pub(crate) fn with(mut self, set: impl FnOnce(&mut Parts)) -> Self {
        set(Arc::make_mut(&mut self.parts));
        self
    }
}
