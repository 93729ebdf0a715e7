//! Settling the telemetry that the ledger holds, by the fate of its task.

use super::{Ask, Fate, Ledger, Marks, doubt::Doubt, pending::Pending, signals::Signals};

impl Ledger {
    /// Refuses what is held: the task failed by its own fault.
    pub(crate) fn failed(&self, run_id: &str, cause: &str) {
        let mut state = self.state.lock();
        state.emitted.refused(self.holds_lines());
        let (pending, task) = (state.pending.take(), state.task);
        drop(state);
        if let Some(pending) = pending {
            refuse(*pending, run_id, task, cause);
        }
    }

    /// Returns whether an answer to the completion of its task was lost.
    pub(crate) fn is_in_doubt(&self) -> bool {
        let state = self.state.lock();
        state.pending.as_ref().is_some_and(|held| held.is_in_doubt)
    }

    /// Settles what is held by the fate of its task. `cause` is why it was refused by its own fault;
    /// `kept_from` is the start of a task that may go on in the next one.
    pub(crate) fn answered(
        &self,
        fate: Fate,
        run_id: &str,
        cause: Option<&str>,
        kept_from: Option<i64>,
        ask: Option<Ask>,
    ) {
        let mut state = self.state.lock();
        match fate {
            Fate::Accepted | Fate::Discarded => {
                let goes_on = state.results.owed > 0;
                state.emitted.accepted(goes_on);
            }
            Fate::Refused => state.emitted.refused(self.holds_lines()),
            Fate::Open | Fate::Kept | Fate::InDoubt => {}
        }
        let Some(pending) = &mut state.pending else {
            return;
        };
        match fate {
            Fate::Open => return,
            Fate::Kept => {
                pending.kept_from = kept_from;
                pending.is_in_doubt = false;
                // If the run leaves the cache before.
                let ask = ask.or(pending.ask.take());
                pending.ask = ask.filter(|_| kept_from.is_some());
                return;
            }
            Fate::InDoubt => {
                pending.is_in_doubt = true;
                // A layer outside may not know the way to the server.
                pending.ask = ask.or(pending.ask.take());
                return;
            }
            Fate::Accepted | Fate::Discarded | Fate::Refused => {}
        }
        let (pending, task) = (state.pending.take(), state.task);
        drop(state);
        match (pending, fate, cause) {
            (Some(pending), Fate::Refused, Some(cause)) => refuse(*pending, run_id, task, cause),
            (Some(pending), Fate::Refused, None) => pending.refuse(None),
            (Some(pending), ..) => pending.release(&Marks::None),
            (None, ..) => {}
        }
    }

    /// Notes the next task of a run whose last one only kept it alive. If other events came between,
    /// a replay would not execute that one's code again: it was accepted.
    pub(crate) fn handed(&self, previous: i64, follows: bool) {
        let mut state = self.state.lock();
        let Some(pending) = &mut state.pending else {
            return;
        };
        if pending
            .kept_from
            .take_if(|from| *from == previous)
            .is_none()
        {
            return;
        }
        pending.ask = None;
        let pending = (!follows).then(|| state.pending.take());
        if pending.is_some() {
            state.emitted.accepted(false);
        }
        drop(state);
        if let Some(pending) = pending.flatten() {
            pending.release(&Marks::None);
        }
    }

    /// Ends what the run holds, which leaves the cache: asks about a task in doubt, and about one of which
    /// nobody knows yet whether it goes on, and refuses one that never reached the server. Returns what the run has emitted that an attempt may emit again.
    pub(crate) fn evicted(&self, run_id: &str, cause: Option<&str>) -> Option<Box<Signals>> {
        self.discard();
        let mut state = self.state.lock();
        let (mut pending, task) = (state.pending.take(), state.task);
        let ask = pending.as_mut().and_then(|pending| pending.ask.take());
        let is_in_doubt = pending.as_ref().is_some_and(|held| held.is_in_doubt);
        let signals = state.emitted.unload(self.holds_lines(), is_in_doubt);
        drop(state);
        match (pending, ask, cause) {
            (None, ..) => {}
            (Some(pending), Some(ask), _) => ask(Doubt::new(*pending)),
            (Some(pending), None, _) if is_in_doubt || pending.kept_from.is_some() => {
                pending.release(&Marks::Unknown);
            }
            (Some(pending), None, Some(cause)) => refuse(*pending, run_id, task, cause),
            (Some(pending), None, None) => pending.refuse(None),
        }
        signals
    }
}

/// Refuses the signals of a task, and shows its lines if they are to be shown.
fn refuse(pending: Pending, run_id: &str, (attempt, previous): (u32, i64), cause: &str) {
    let marks = || Marks::Failed {
        cause: cause.into(),
        attempt,
    };
    let shows = pending.holding().shows(run_id, previous);
    pending.refuse(shows.then(marks).as_ref());
}
