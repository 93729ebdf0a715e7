//! The ledger of a run: what its code emitted, until the SDK has settled the activation and the
//! server has accepted the task.

use std::{
    any::type_name,
    fmt,
    hash::Hash,
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    Answer, Answers, Awaits, Holding, Kind, Lane, Marks, Memory, Noted,
    emitted::Emitted,
    hash,
    lane::{Ends, Release},
    opening::Results,
    pending::{Pending, emit},
    signals::{Place, Signals},
};
use crate::execution::{current_replay, with_current};

/// How long lines wait before that is worth a line.
const SLOW: Duration = Duration::from_secs(5);

/// What the signals of the current activation are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Now {
    /// Emitted at once.
    Immediate,
    /// Replayed, whatever the core says.
    Past,
    /// Held until the server has accepted the task.
    Held,
}

/// What a run's code emitted and nobody has settled yet.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(super) now: AtomicU8,
    /// Whether the current activation hands results of local activities to code.
    pub(super) resumes: AtomicBool,
    /// What holds signals until tasks are accepted, if anything does.
    holding: Option<Arc<Holding>>,
    /// Counts what is left out, if a worker's hook settles it.
    memory: Option<Arc<Memory>>,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// What began and ended since the last activation was settled.
    begun: Vec<Begun>,
    /// What waits for the server's answer.
    pub(super) pending: Option<Box<Pending>>,
    /// The attempt of the task, and the event that names it.
    pub(super) task: (u32, i64),
    /// What its code emits that an attempt may execute anew.
    pub(super) emitted: Emitted,
    /// The results of local activities of its task.
    pub(super) results: Results,
}

/// A start or an end in the current activation.
struct Begun {
    awaits: Awaits,
    /// Whether the server must accept the task, too.
    is_held: bool,
    /// Whether it is noted, and its routine and what it is then.
    noted: Option<(u32, u32)>,
    release: Release,
}

/// A run whose lines wait for longer than they should.
pub(crate) enum Overdue {
    /// They wait since then, and nobody was told.
    Slow(Instant),
    /// They were written.
    Written(usize),
}

impl Ledger {
    /// Returns a ledger that holds everything until it is settled.
    pub(crate) fn settled(holding: Option<Arc<Holding>>, memory: &Arc<Memory>) -> Self {
        Self {
            holding,
            memory: Some(memory.clone()),
            ..Self::default()
        }
    }

    /// Returns whether the current activation hands results of local activities to code.
    pub(super) fn resumes(&self) -> bool {
        self.resumes.load(Ordering::Relaxed)
    }

    /// Notes that the current task leaves a command.
    pub(crate) fn leaves(&self) {
        self.state.lock().emitted.leaves();
    }

    /// Returns whether signals are noted that an attempt may emit again.
    #[inline]
    pub(crate) fn is_noted(&self) -> bool {
        self.memory.is_some()
    }

    /// Notes a signal of a routine.
    pub(crate) fn note(&self, routine: u32, kind: Kind, what: u32) -> Noted {
        let place = Place::of(routine, kind);
        let noted = (self.state.lock().emitted).note(place, what, self.is_held());
        if let Some(memory) = &self.memory {
            memory.noted(kind, &noted);
        }
        noted
    }

    /// Returns a copy of what the run has emitted, for another worker that loads it.
    pub(crate) fn copy(&self) -> Option<Box<Signals>> {
        self.state.lock().emitted.copy()
    }

    /// Puts back what the run has emitted before it left the cache. `previous` started its last task
    /// that the server has accepted.
    pub(crate) fn load(&self, signals: Option<Box<Signals>>, previous: i64) {
        let holds_lines = self.holds_lines();
        (self.state.lock().emitted).load(signals, previous, holds_lines);
    }

    /// Returns whether lines wait, as other signals do.
    pub(super) fn holds_lines(&self) -> bool {
        let holding = self.holding.as_ref();
        holding.is_none_or(|holding| holding.holds(Kind::Text))
    }

    /// Returns whether the current activation executes the past, whatever the core says.
    #[inline]
    pub(crate) fn is_past(&self) -> bool {
        self.now.load(Ordering::Relaxed) == Now::Past as u8
    }

    /// Returns whether signals of the current activation wait until its task is accepted.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.now.load(Ordering::Relaxed) == Now::Held as u8
    }

    /// Returns what holds the run's signals, if anything does.
    pub(crate) fn holding(&self) -> Option<&Arc<Holding>> {
        self.holding.as_ref()
    }

    /// Holds a start or an end until its answer is known. `what` tells it from others of its kind.
    pub(crate) fn hold<F>(&self, awaits: Awaits, what: impl Hash, release: F)
    where
        F: FnOnce(Answer) + Send + 'static,
    {
        if self.memory.is_none() {
            return release(Answer::AsReturned);
        }
        let noted = current_replay().notes().then(|| {
            let routine = with_current(|now| now.info().routine());
            (
                routine.unwrap_or_default(),
                hash(&(type_name::<F>(), &awaits, what)),
            )
        });
        self.state.lock().begun.push(Begun {
            awaits,
            is_held: current_replay().holds(),
            noted,
            release: Box::new(release),
        });
    }

    /// Notes what a completed activation is counted by. Returns whether no earlier attempt counted it.
    pub(crate) fn is_new(&self, what: &impl Hash) -> bool {
        self.note(0, Kind::End, hash(what)).is_new
    }

    /// Holds what a completed activation is counted by.
    pub(crate) fn count(&self, count: impl FnOnce() + Send + 'static) {
        match self.is_held() {
            true => self.end(Box::new(|_| count()), Answer::AsReturned),
            false => count(),
        }
    }

    /// Adds a signal to its lane.
    pub(crate) fn push<L: Lane>(
        &self,
        bytes: usize,
        is_it: impl Fn(&L) -> bool,
        make: impl FnOnce() -> L,
        add: impl FnOnce(&mut L),
    ) {
        let Some(holding) = &self.holding else {
            return;
        };
        let mut state = self.state.lock();
        let pending = &mut state.pending;
        let pending = pending.get_or_insert_with(|| Box::new(Pending::new(holding)));
        pending.push(bytes, is_it, make, add);
    }

    fn end(&self, release: Release, answer: Answer) {
        self.push(
            0,
            |_| true,
            Ends::default,
            |ends| {
                ends.0.push((release, answer));
            },
        );
    }

    /// Returns whether nothing of the current activation is held.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().begun.is_empty()
    }

    /// Settles the entries that have an answer, in order, and forgets the rest: emits them, or holds
    /// them until the task is accepted.
    pub(crate) fn settle(&self, answers: &Answers) {
        for begun in self.take() {
            let Some(answer) = answers.to(&begun.awaits) else {
                continue;
            };
            let note = |(routine, what)| self.note(routine, Kind::End, what);
            if begun.noted.map(note).is_some_and(|noted| !noted.is_new) {
                continue;
            }
            match begun.is_held {
                true => self.end(begun.release, answer),
                false => self.release(begun.release, answer),
            }
        }
    }

    /// Releases an entry on the worker's own task, which a sink that panics must not end.
    fn release(&self, release: Release, answer: Answer) {
        match &self.memory {
            Some(memory) => memory.shielded(|| release(answer)),
            None => release(answer),
        }
    }

    /// Forgets all entries of the current activation, which failed.
    pub(crate) fn discard(&self) {
        // The entries are dropped outside the lock.
        drop(self.take());
    }

    fn take(&self) -> Vec<Begun> {
        mem::take(&mut self.state.lock().begun)
    }

    /// Looks for lines that wait for too long, and writes those that waited as long as they may.
    pub(crate) fn overdue(&self) -> Option<Overdue> {
        let holding = self.holding.as_ref()?;
        let mut state = self.state.lock();
        if state.emitted.is_ahead {
            // Nobody knows whether a task follows.
            return None;
        }
        let pending = state.pending.as_mut()?;
        let waits = pending.since.elapsed();
        if waits >= holding.options.hold_at_most {
            let lines = pending.take_lines();
            drop(state);
            let count = lines.iter().map(|lane| lane.len()).sum();
            for lane in lines {
                emit(holding, lane, &Marks::Open, &holding.early);
            }
            return (count > 0).then_some(Overdue::Written(count));
        }
        let is_told = waits < SLOW || mem::replace(&mut pending.is_told_of, true);
        (!is_told).then_some(Overdue::Slow(pending.since))
    }

    /// Returns the number of signals that wait for the server's answer.
    pub(crate) fn waiting(&self) -> usize {
        let state = self.state.lock();
        state.pending.as_ref().map_or(0, |pending| pending.len())
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("begun", &self.state.lock().begun.len())
            .finish_non_exhaustive()
    }
}
