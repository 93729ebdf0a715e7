//! The Tower layer that observes gRPC calls.

use tower::Layer;

use super::Rpc;
use crate::observe::{Observer, Signal};

/// Observes gRPC calls: a span, a metric and a log line for each, as a [`tower::Layer`].
///
/// [`Observability::rpc`](crate::Observability::rpc) makes one for all signals,
/// [`only`](Self::only) one for some, to be placed anywhere in a stack. Inner layers leave out
/// signals that an outer one already makes.
///
/// ```
/// use chronoscope::{Observability, observe::Signal, rpc::{Retries, Stack}};
///
/// let observed = Observability::builder().build()?.rpc();
/// let stack = Stack::new()
///     .all(observed.only([Signal::Traces]))
///     .retrying(Retries::at_most(5))
///     // Each attempt.
///     .all(observed.only([Signal::Logs, Signal::Metrics]));
/// # let _ = stack;
/// # Ok::<_, chronoscope::SetupError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RpcLayer {
    pub(super) observer: Observer,
}

impl RpcLayer {
    pub(crate) fn new(observer: Observer) -> Self {
        Self { observer }
    }

    /// Returns a layer that makes only these signals, as far as they have somewhere to go.
    #[must_use]
    pub fn only(&self, signals: impl IntoIterator<Item = Signal>) -> Self {
        Self {
            observer: self.observer.only(signals.into_iter().collect()),
        }
    }
}

impl<S> Layer<S> for RpcLayer {
    type Service = Rpc<S>;

    fn layer(&self, inner: S) -> Rpc<S> {
        Rpc::new(inner, self.clone())
    }
}
