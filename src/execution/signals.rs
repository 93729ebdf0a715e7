//! The signals that are made of an operation.

use std::fmt;

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
    /// The user's [hooks](crate::observe::OnEnd).
    Hooks,
}

/// The signals that are made of an operation, as a set.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signals(u8);

impl Signals {
    pub(crate) const LOGS: Self = Self(1);
    pub(crate) const METRICS: Self = Self(2);
    pub(crate) const TRACES: Self = Self(4);
    pub(crate) const HOOKS: Self = Self(8);
    pub(crate) const ALL: Self = Self(15);

    /// Returns the set if the condition holds, otherwise the empty set.
    pub(crate) fn only_if(self, is_so: bool) -> Self {
        if is_so { self } else { Self::default() }
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
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

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::LOGS, "logs"),
            (Self::METRICS, "metrics"),
            (Self::TRACES, "traces"),
            (Self::HOOKS, "hooks"),
        ];
        let held = names.iter().filter(|(signal, _)| self.contains(*signal));
        let held: Vec<_> = held.map(|(_, name)| *name).collect();
        match &held[..] {
            [] => f.write_str("nothing"),
            held => f.write_str(&held.join("+")),
        }
    }
}
