use super::Observability;
use crate::{activity::ActivityLayer, observe::Signals};

impl Observability {
    /// Returns the layer that puts the ids of an activity on every line that is logged inside of
    /// it, and calls the hooks, for a user's stack.
    ///
    /// With it goes [`ObservabilityLayer::without_activities`](crate::ObservabilityLayer::without_activities):
    /// otherwise the worker's activities are observed already, from outside of the stack, and this
    /// adds nothing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use chronoscope::{Observability, activity::ActivityStack};
    /// use temporalio_sdk::WorkerOptions;
    /// use tower::{Layer as _, ServiceBuilder};
    ///
    /// let observability = Observability::builder().build();
    /// let stack = ServiceBuilder::new()
    ///     .layer(observability.activity_logs())
    ///     .layer(observability.activity_traces())
    ///     .load_shed()
    ///     .concurrency_limit(8)
    ///     // Inside of the load shedding: what is refused does not count as a failure.
    ///     .layer(observability.activity_metrics());
    /// let options = ActivityStack::new(stack).layer(WorkerOptions::new("orders").build());
    /// let options = observability.layer().without_activities().layer(options);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn activity_logs(&self) -> ActivityLayer {
        ActivityLayer::new(&self.observer, Signals::LOGS.with(Signals::HOOKS))
    }

    /// Returns the layer that measures the activities inside of it, for a user's stack.
    #[must_use]
    pub fn activity_metrics(&self) -> ActivityLayer {
        ActivityLayer::new(&self.observer, Signals::METRICS)
    }

    /// Returns the layer that gives a span to each activity inside of it, for a user's stack.
    #[must_use]
    pub fn activity_traces(&self) -> ActivityLayer {
        ActivityLayer::new(&self.observer, Signals::TRACES)
    }
}
