//! The timeouts of runs and of their workflow tasks, as Temporal fills them in.

use std::time::Duration;

use crate::{clock::span, proto::Span, store::TASK_TIMEOUT};

/// A workflow task may not take longer than this.
const LONGEST_TASK: Duration = Duration::from_secs(120);

/// The run's and the workflow task's timeouts, from those that were asked for.
pub(crate) fn fill_in(
    whole: Option<&Span>,
    run: Option<&Span>,
    task: Option<&Span>,
) -> (Duration, Duration) {
    let (whole, run) = (span(whole), span(run));
    let run = match (whole.is_zero(), run.is_zero()) {
        (true, _) => run,
        (false, true) => whole,
        (false, false) => run.min(whole),
    };
    let task = span(task);
    let task = if task.is_zero() { TASK_TIMEOUT } else { task };
    let task = task.min(LONGEST_TASK);
    (run, if run.is_zero() { task } else { task.min(run) })
}
