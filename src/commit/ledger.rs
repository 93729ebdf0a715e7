//! The ledger of a run: what its code began and ended in the current activation, until the SDK has
//! settled it.

use std::{
    fmt, mem,
    sync::atomic::{AtomicBool, Ordering},
};

use parking_lot::Mutex;

use super::{Answer, Answers, Awaits};

/// Releases a held signal.
type Release = Box<dyn FnOnce(Answer) + Send>;

/// What a run's code began and ended since its last activation was settled.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Whether the current activation executes the past.
    is_past: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether a worker's hook settles it; without one, everything is released at once.
    is_settled: bool,
    held: Vec<(Awaits, Release)>,
}

impl Ledger {
    /// Returns a ledger that holds everything until it is settled.
    pub(crate) fn holding() -> Self {
        Self {
            is_past: AtomicBool::new(false),
            state: Mutex::new(State {
                is_settled: true,
                held: Vec::new(),
            }),
        }
    }

    /// Notes that an activation is handed to the run.
    pub(crate) fn opens(&self, is_past: bool) {
        self.is_past.store(is_past, Ordering::Relaxed);
    }

    /// Returns whether the current activation executes the past, whatever the core says.
    #[inline]
    pub(crate) fn is_past(&self) -> bool {
        self.is_past.load(Ordering::Relaxed)
    }

    /// Holds a signal until its answer is known.
    pub(crate) fn hold(&self, awaits: Awaits, release: impl FnOnce(Answer) + Send + 'static) {
        let mut state = self.state.lock();
        if state.is_settled {
            state.held.push((awaits, Box::new(release)));
            return;
        }
        drop(state);
        release(Answer::AsReturned);
    }

    /// Returns whether nothing is held.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().held.is_empty()
    }

    /// Releases the entries that have an answer, in order, and forgets the rest.
    pub(crate) fn settle(&self, answers: &Answers) {
        for (awaits, release) in self.take() {
            if let Some(answer) = answers.to(&awaits) {
                release(answer);
            }
        }
    }

    /// Forgets all entries: the activation failed.
    pub(crate) fn discard(&self) {
        // The entries are dropped outside the lock.
        drop(self.take());
    }

    fn take(&self) -> Vec<(Awaits, Release)> {
        mem::take(&mut self.state.lock().held)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("held", &self.state.lock().held.len())
            .finish_non_exhaustive()
    }
}
