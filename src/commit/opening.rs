//! The ledger at the start of an activation: what its signals are, and the task they belong to.

use std::{mem, sync::atomic::Ordering};

use super::{Ledger, Now, Reached};

/// An activation that is handed to a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// What its signals are.
    pub(crate) now: Now,
    /// The attempt of its task, and the event that names it.
    pub(crate) task: (u32, i64),
    /// What it reaches, if code may advance.
    pub(crate) reached: Option<Reached>,
    /// How many results of local activities it hands to code: each leaves a command, whatever code does.
    pub(crate) results: u32,
    /// Whether there is nothing else.
    pub(crate) are_results: bool,
}

/// The results of a task's local activities. The core records those that it has when it answers a
/// query, and delivers them to code in the next task. A retry of that task reads them from history, and
/// treats what the code does with them as replay.
#[derive(Default)]
pub(super) struct Results {
    /// How many code was handed in its task.
    handed: u32,
    /// How many are recorded, and code was not handed them.
    pub(super) owed: u32,
}

impl Results {
    /// Notes how many an activation hands to code. Returns whether the last task, which was taken, has
    /// recorded them.
    fn hands(&mut self, results: u32, are_all: bool) -> bool {
        let owed = mem::take(&mut self.owed);
        let are_recorded = are_all && results > 0 && results == owed;
        if !are_recorded {
            self.handed += results;
        }
        are_recorded
    }
}

impl Ledger {
    /// Notes that an activation is handed to the run.
    pub(crate) fn opens(&self, opening: Opening) {
        let Opening {
            mut now,
            task,
            mut reached,
            results,
            are_results,
        } = opening;
        let mut state = self.state.lock();
        let advances_live = reached.is_some() && now != Now::Past;
        if advances_live && state.results.hands(results, are_results) {
            // What code does now belongs to the last task, which was accepted.
            (now, reached) = (Now::Immediate, None);
        }
        self.now.store(now as u8, Ordering::Relaxed);
        self.resumes.store(results > 0, Ordering::Relaxed);
        if now == Now::Held {
            state.task = task;
        }
        if let Some(reached) = reached {
            state.emitted.opens(reached, now == Now::Past, task.1);
        }
        if results > 0 {
            state.emitted.resumes(results);
        }
    }

    /// Notes how many results of local activities the server recorded with a task that it took.
    pub(crate) fn recorded(&self, results: u32) {
        let known = &mut self.state.lock().results;
        known.owed = results.saturating_sub(known.handed);
        known.handed = 0;
    }
}
