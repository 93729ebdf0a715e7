//! What the server has accepted overrules what the core takes for live.

/// A workflow task that the server has handed out, as far as it bears on replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handed {
    /// The id of the event that started the last completed task of the run; 0 if there is none.
    pub(crate) previous: i64,
    /// The id of the event that started this task; 0 if it only asks a query.
    pub(crate) started: i64,
    /// Whether the run is closed, or counts as that.
    pub(crate) is_closed: bool,
}

/// Returns whether an activation executes the past: its code ran in a task that was completed, or no
/// task will ever carry what it does.
///
/// `reached` is the id of the last event of the activation, and `handed` are the run's tasks that
/// were not answered yet.
pub(crate) fn is_past(reached: i64, handed: impl Iterator<Item = Handed> + Clone) -> bool {
    if handed.clone().any(|task| reached <= task.previous) {
        return true;
    }
    let is_its_own = |task: &Handed| task.started == reached && reached > 0;
    // A query on a closed run executes events that no task will follow.
    let closed = |task: &Handed| task.started == 0 && task.is_closed;
    !handed.clone().any(|task| is_its_own(&task)) && handed.clone().any(|task| closed(&task))
}

/// Returns whether an activation that is not past executes what a later task will: a worker may load
/// an open run for a query, with events that came after its last task, and keep it.
pub(crate) fn is_ahead(reached: i64, mut handed: impl Iterator<Item = Handed> + Clone) -> bool {
    let asks = handed.clone().any(|task| task.started == 0);
    asks && !handed.any(|task| task.started == reached)
}
