//! Judges an activation by the workflow tasks that are out.

use std::sync::Arc;

use super::{state::Activation, worker::Worker};
use crate::commit::{Holding, Now};

impl Worker {
    /// Returns what holds the signals of its runs, if anything does.
    pub(super) fn holds(&self) -> Option<&Arc<Holding>> {
        self.registry.holding().filter(|_| !self.is_replayer)
    }

    /// Judges an activation by the tasks of its run that are out. Returns what its signals are, and
    /// the attempt and name of its task.
    pub(super) fn judge(&self, run_id: &str, activation: &mut Activation) -> (Now, (u32, i64)) {
        let tasks = self.registry.tasks();
        let reached = activation.history_length.into();
        // What is held does no harm if no task follows a query.
        let counts_as_closed = self.holds().is_none();
        let out = || tasks.out(run_id, reached, &self.instance, counts_as_closed);
        // No task of a replayer's runs is out.
        let out = (!self.is_replayer).then(out).flatten();
        let task = out.and_then(|out| out.task);
        activation.attempt = task.map_or(0, |(attempt, _)| attempt);
        activation.is_replay |= out.is_some_and(|out| out.is_past);
        activation.is_ahead = out.is_some_and(|out| out.is_ahead);
        activation.follows = out.and_then(|out| out.follows);
        // Where signals are held, a task is followed at once without an update only if it kept a local
        // activity's task alive, and nobody has emitted what its code did.
        activation.may_repeat = self.holds().is_none() || out.is_some_and(|out| out.has_messages);
        let now = match (self.holds(), task) {
            _ if activation.is_replay => Now::Past,
            (Some(_), Some(_)) => Now::Held,
            (Some(_), None) if activation.is_ahead => Now::Held,
            (Some(holding), None) if activation.advances => {
                self.registry.memory.shielded(|| holding.unseen());
                Now::Immediate
            }
            _ => Now::Immediate,
        };
        (now, task.unwrap_or_default())
    }
}
