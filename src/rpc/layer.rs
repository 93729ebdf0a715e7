//! The layer that observes calls.

use tower::Layer;

use super::{Rpc, log};
use crate::observe::{Observer, Signals, Watch};

/// Observes gRPC calls: a span, a metric and a log line for each, as a [`tower::Layer`].
///
/// [`Observability::rpc`](crate::Observability::rpc) makes one of all signals; [`logs`](Self::logs),
/// [`metrics`](Self::metrics) and [`traces`](Self::traces) make one of each, to be put where it
/// belongs in a stack. What an outer one makes of a call, those inside leave to it.
///
/// ```
/// use chronoscope::Observability;
/// use tower::ServiceBuilder;
///
/// let observed = Observability::builder().build().rpc();
/// let stack = ServiceBuilder::new().layer(observed.traces()).layer(observed.logs());
/// # let _ = stack;
/// ```
#[derive(Clone, Debug)]
pub struct RpcLayer {
    pub(super) watch: Watch,
}

impl RpcLayer {
    pub(crate) fn new(observer: Observer) -> Self {
        Self {
            watch: Watch::new(observer, |observer| observer.also_on_end(log::ended)),
        }
    }

    /// Returns the layer that only logs calls.
    #[must_use]
    pub fn logs(&self) -> Self {
        self.only(Signals::LOGS)
    }

    /// Returns the layer that only measures calls.
    #[must_use]
    pub fn metrics(&self) -> Self {
        self.only(Signals::METRICS)
    }

    /// Returns the layer that only traces calls.
    #[must_use]
    pub fn traces(&self) -> Self {
        self.only(Signals::TRACES)
    }

    fn only(&self, signals: Signals) -> Self {
        Self {
            watch: self.watch.only(signals),
        }
    }
}

impl<S> Layer<S> for RpcLayer {
    type Service = Rpc<S>;

    fn layer(&self, inner: S) -> Rpc<S> {
        Rpc::new(inner, self.clone())
    }
}
