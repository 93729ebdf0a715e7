use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use crate::{observe::Observer, rpc::log};

/// Which signals a layer makes of calls, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signals(u8);

impl Signals {
    pub(super) const LOGS: Self = Self(1);
    pub(super) const METRICS: Self = Self(2);
    pub(super) const TRACES: Self = Self(4);
    /// The hooks that the user set.
    const HOOKS: Self = Self(8);
    const SETS: usize = 16;

    /// Returns what an observer can make: what has somewhere to go.
    pub(super) fn of(observer: &Observer) -> Self {
        let has = |signal: Self, has: bool| if has { signal } else { Self::default() };
        Self::LOGS
            .with(has(Self::METRICS, observer.measured().is_some()))
            .with(has(Self::TRACES, observer.traced().is_some()))
            .with(has(Self::HOOKS, observer.has_hooks()))
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What observes with each set of signals, made when it is asked for.
#[derive(Debug)]
struct Observers {
    full: Observer,
    by_signals: [OnceLock<Observer>; Signals::SETS],
}

/// One value's observers. Cheap to clone.
#[derive(Clone)]
pub(super) struct Source(Arc<Observers>);

impl Source {
    pub(super) fn new(full: Observer) -> Self {
        let by_signals = Default::default();
        Self(Arc::new(Observers { full, by_signals }))
    }

    /// Returns whether both are of one value.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.full.is(&other.0.full)
    }

    /// Returns what makes these signals, and no other.
    pub(super) fn observer(&self, signals: Signals) -> &Observer {
        self.0.by_signals[usize::from(signals.0)].get_or_init(|| self.make(signals))
    }

    fn make(&self, signals: Signals) -> Observer {
        let mut observer = self.0.full.clone();
        if !signals.contains(Signals::HOOKS) {
            observer = observer.without_hooks();
        }
        if !signals.contains(Signals::METRICS) {
            observer = observer.measures(None);
        }
        if !signals.contains(Signals::TRACES) {
            observer = observer.traces(None);
        }
        if signals.contains(Signals::LOGS) {
            observer = observer.also_on_end(log::ended);
        }
        observer
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.full.fmt(f)
    }
}
