//! The layers that observe from inside a user's stack.

use super::Observability;
use crate::{activity::ActivityLayer, rpc::RpcLayer};

impl Observability {
    /// Returns the layer that observes activities from a place in a user's stack: their ids on
    /// every line logged inside, metrics, traces and hooks, or [some of
    /// these](ActivityLayer::only).
    ///
    /// Use it with
    /// [`ObservabilityLayer::without_activities`](crate::ObservabilityLayer::without_activities):
    /// otherwise the worker's activities are already observed from outside the stack, and this
    /// layer adds nothing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use chronoscope::{Observability, activity, observe::Signal};
    /// use temporalio_sdk::WorkerOptions;
    /// use tower::{Layer as _, ServiceBuilder};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let observability = Observability::builder().build()?;
    /// let ours = observability.activity();
    /// let stack = ServiceBuilder::new()
    ///     .layer(ours.only([Signal::Logs, Signal::Traces]))
    ///     .load_shed()
    ///     .concurrency_limit(8)
    ///     // Inside the load shedding: a refused attempt does not count as a failure.
    ///     .layer(ours.only([Signal::Metrics]));
    /// let options = activity::Stack::new(stack).wrap(WorkerOptions::new("orders").build());
    /// let options = observability.layer().without_activities().layer(options);
    /// # let _ = options;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn activity(&self) -> ActivityLayer {
        ActivityLayer::new(self.observer.clone())
    }

    /// Returns the layer that observes gRPC calls, for
    /// [`rpc::Stack::all`](crate::rpc::Stack::all) or for another stack of Tower layers.
    #[must_use]
    pub fn rpc(&self) -> RpcLayer {
        RpcLayer::new(self.observer.clone())
    }
}
