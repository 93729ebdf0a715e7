use std::fmt;

use super::Observer;
use crate::execution::Info;

/// What is observed of an operation: a set.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signals(u8);

impl Signals {
    /// Its ids on log lines, and a line of its own where it has one.
    pub(crate) const LOGS: Self = Self(1);
    pub(crate) const METRICS: Self = Self(2);
    pub(crate) const TRACES: Self = Self(4);
    /// The user's hooks.
    pub(crate) const HOOKS: Self = Self(8);
    /// How many sets there are.
    pub(super) const SETS: usize = 16;

    /// Returns the signals that have somewhere to go. A line always has.
    pub(crate) fn of(observer: &Observer) -> Self {
        Self::LOGS
            .and_if(observer.measured().is_some(), Self::METRICS)
            .and_if(observer.traced().is_some(), Self::TRACES)
            .and_if(observer.has_hooks(), Self::HOOKS)
    }

    /// Returns the signals that are made of what executes already.
    pub(crate) fn made_of(info: &Info) -> Self {
        let (is_measured, is_traced) = info.is_observed();
        Self::LOGS
            .and_if(is_measured, Self::METRICS)
            .and_if(is_traced, Self::TRACES)
            .and_if(info.is_hooked(), Self::HOOKS)
    }

    fn and_if(self, is_so: bool, other: Self) -> Self {
        if is_so { self.with(other) } else { self }
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

    /// Returns where the set stands among all of them.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
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
