use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::{Observer, Signals};

/// What a layer in a stack observes, and with what.
///
/// Layers of one value that stand next to each other are one: the outer takes in what the inner
/// would have observed.
#[derive(Clone)]
pub(crate) struct Watch {
    source: Arc<Source>,
    signals: Signals,
}

struct Source {
    full: Observer,
    /// What observes with each set of signals, made when it is asked for.
    by_signals: [OnceLock<Observer>; Signals::SETS],
    /// Adds the lines that the operations have of their own.
    logging: fn(Observer) -> Observer,
}

impl Watch {
    /// Watches with all signals that have somewhere to go.
    pub(crate) fn new(full: Observer, logging: fn(Observer) -> Observer) -> Self {
        Self {
            signals: Signals::of(&full),
            source: Arc::new(Source {
                full,
                by_signals: Default::default(),
                logging,
            }),
        }
    }

    /// Returns the same with some of its signals.
    pub(crate) fn only(&self, signals: Signals) -> Self {
        Self {
            source: self.source.clone(),
            signals: signals.and(self.signals),
        }
    }

    pub(crate) fn signals(&self) -> Signals {
        self.signals
    }

    /// Returns whether both are of one value.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        self.source.full.is(&other.source.full)
    }

    /// Takes in what another one of the same value observes, which then observes nothing.
    pub(crate) fn take_in(&mut self, inner: &mut Self) {
        if self.is_of(inner) {
            self.signals = self.signals.with(std::mem::take(&mut inner.signals));
        }
    }

    /// Returns what observes with these signals.
    pub(crate) fn observer(&self, signals: Signals) -> &Observer {
        let known = &self.source.by_signals[signals.index()];
        known.get_or_init(|| self.source.make(signals))
    }
}

impl Source {
    fn make(&self, signals: Signals) -> Observer {
        let mut observer = self.full.clone();
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
            observer = (self.logging)(observer);
        }
        observer
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signals.fmt(f)
    }
}

/// How to find what a service watches with. A layer is given a service of any type; this is how it
/// finds out that the service is one of ours.
pub(crate) struct Neighbours(Mutex<BTreeMap<TypeId, Find>>);

type Find = fn(&mut dyn Any) -> Option<&mut Watch>;

impl Neighbours {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Notes how to find what services of this type watch with.
    pub(crate) fn meet<S: 'static>(&self, find: Find) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(TypeId::of::<S>(), find);
    }

    /// Has a watch take in that of the service inside, if it is one of ours.
    pub(crate) fn join<S: 'static>(&self, outer: &mut Watch, inner: &mut S) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let find = known.get(&TypeId::of::<S>()).copied();
        drop(known);
        if let Some(inner) = find.and_then(|find| find(inner)) {
            outer.take_in(inner);
        }
    }
}
