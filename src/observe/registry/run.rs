//! The record of one cached run.

use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, MutexGuard};

use super::{
    failing::Failing,
    handlers::{Handlers, Open},
    state::{RunState, State},
};
use crate::{
    commit::{Fate, Holding, Ledger, Memory},
    execution::{Fields, Tally, WaitTable},
    metrics::WorkflowSeries,
    observe::RetryRule,
};

/// A cached run: one record, shared by its worker's hooks and its interceptor.
pub(crate) struct Run {
    pub(crate) number: u64,
    ledger: Arc<Ledger>,
    known: OnceLock<Arc<Known>>,
    state: Mutex<State>,
    failing: Mutex<Option<Box<Failing>>>,
    waits: Arc<WaitTable>,
    pub(super) handlers: Handlers,
}

/// The data of a run that is known once its code has been created.
pub(crate) struct Known {
    pub(crate) fields: Arc<Fields>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) series: Option<Arc<WorkflowSeries>>,
    pub(crate) retries: RetryRule,
}

/// A snapshot of a run.
#[derive(Clone)]
pub(crate) struct RunSeen {
    pub(crate) number: u64,
    pub(crate) about: Arc<Fields>,
    pub(crate) state: State,
    pub(crate) waits: Arc<WaitTable>,
    /// The number of signals that wait for the server's answer.
    pub(crate) held: usize,
}

impl Run {
    /// Returns the record of a run that no worker's hook knows: by default it counts as replayed,
    /// and its ends are not held.
    pub(crate) fn unregistered() -> Self {
        Self::with(0, None, Ledger::default())
    }

    pub(super) fn new(
        number: u64,
        first: Option<Arc<Fields>>,
        holding: Option<Arc<Holding>>,
        memory: &Arc<Memory>,
    ) -> Self {
        Self::with(number, first, Ledger::settled(holding, memory))
    }

    fn with(number: u64, first: Option<Arc<Fields>>, ledger: Ledger) -> Self {
        Self {
            number,
            ledger: Arc::new(ledger),
            known: OnceLock::new(),
            state: Mutex::new(State::of(first)),
            failing: Mutex::default(),
            waits: Arc::default(),
            handlers: Handlers::default(),
        }
    }

    /// Returns the ledger that holds the spans, counters and hooks of its code.
    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Returns the data of the run, once its code was created.
    pub(super) fn known(&self) -> Option<&Arc<Known>> {
        self.known.get()
    }

    /// Notes the data of the run, whose code is being created.
    pub(crate) fn created(&self, known: Known) -> Arc<Known> {
        self.state().first = None;
        self.known.get_or_init(|| Arc::new(known)).clone()
    }

    /// Returns the run's fields, as far as they are known.
    pub(super) fn about(&self) -> Option<Arc<Fields>> {
        let known = self.known.get().map(|known| known.fields.clone());
        known.or_else(|| self.state().first.clone())
    }

    /// Returns what it waits for.
    pub(crate) fn waits(&self) -> &Arc<WaitTable> {
        &self.waits
    }

    /// Returns its open handlers, in the order in which they began.
    pub(crate) fn open_handlers(&self) -> Vec<Arc<Open>> {
        self.handlers.list()
    }

    /// Notes the fate of its last task.
    pub(super) fn answered(&self, fate: Fate) {
        if fate != Fate::Open
            && let Some(task) = &mut self.state().last_task
        {
            task.fate = fate;
        }
    }

    /// Returns whether the current activation re-executes history.
    pub(crate) fn is_replaying(&self) -> bool {
        let state = self.state();
        state.activation.is_none_or(|(now, _)| now.is_replay)
    }

    /// Returns the id of the protocol instance that answers an update of this activation.
    pub(crate) fn instance_of(&self, update_id: &str) -> Box<str> {
        let state = self.state();
        let mut updates = state.updates.iter();
        let instance = updates.find_map(|(id, instance)| (**id == *update_id).then_some(instance));
        instance.map_or_else(|| update_id.into(), Clone::clone)
    }

    /// Returns a snapshot of the run, if anything is known of it.
    pub(super) fn seen(&self) -> Option<RunSeen> {
        Some(RunSeen {
            number: self.number,
            about: self.about()?,
            state: self.state().clone(),
            waits: self.waits.clone(),
            held: self.ledger.waiting(),
        })
    }

    pub(super) fn is_evicted(&self) -> bool {
        self.state().doing == RunState::Evicted
    }

    /// Returns that its last tasks failed, if they did.
    pub(super) fn failing(&self) -> MutexGuard<'_, Option<Box<Failing>>> {
        self.failing.lock()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}
