//! The signals that a layer in a stack can make.

use crate::execution::Signals;

/// One signal of an operation, for [`ActivityLayer::only`](crate::activity::ActivityLayer::only)
/// and [`RpcLayer::only`](crate::rpc::RpcLayer::only).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// Its ids on log lines, and its own line if it has one.
    Logs,
    /// Its metrics.
    Metrics,
    /// Its span.
    Traces,
    /// The user's [hooks](super::OnEnd).
    Hooks,
}

impl FromIterator<Signal> for Signals {
    fn from_iter<I: IntoIterator<Item = Signal>>(signals: I) -> Self {
        let one = |signal| match signal {
            Signal::Logs => Self::LOGS,
            Signal::Metrics => Self::METRICS,
            Signal::Traces => Self::TRACES,
            Signal::Hooks => Self::HOOKS,
        };
        let none = Self::default();
        signals.into_iter().map(one).fold(none, Self::with)
    }
}
