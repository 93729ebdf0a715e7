use super::Observability;
use crate::{
    execution::Policy,
    observe::{Observer, OnEnd, OnStart},
};

/// Builds an [`Observability`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `install` or `build`"]
pub struct Builder {
    pub(super) observer: Observer,
    #[cfg(feature = "logs")]
    pub(super) logs: crate::logs::Options,
    #[cfg(feature = "metrics")]
    pub(super) meter: Option<crate::metrics::FacadeMeter>,
}

impl Builder {
    /// Sets what to do with signals that replay would repeat. Default: suppress them.
    pub fn replay_policy(mut self, policy: Policy) -> Self {
        self.observer = self.observer.policy(policy);
        self
    }

    /// Sets the hook that is called when an operation starts. Default: none.
    pub fn on_start(mut self, hook: impl OnStart) -> Self {
        self.observer = self.observer.on_start(hook);
        self
    }

    /// Sets the hook that is called when an operation ends. Default: none.
    pub fn on_end(mut self, hook: impl OnEnd) -> Self {
        self.observer = self.observer.on_end(hook);
        self
    }

    /// Builds the value and touches no subscriber, for people who have one.
    #[must_use]
    pub fn build(self) -> Observability {
        Observability {
            observer: self.observer,
            #[cfg(feature = "logs")]
            sinks: std::sync::Arc::default(),
            #[cfg(feature = "metrics")]
            meter: self.meter,
        }
    }
}
