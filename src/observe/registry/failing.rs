//! Runs whose workflow task fails again and again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Left, NON_DETERMINISM, Registry, Run, TaskFailure, Worker};
use crate::{clock, metrics::WorkflowSeries, observe::stuck};

/// A run whose last tasks failed.
pub(super) struct Failing {
    began: Instant,
    last: Instant,
    said: Instant,
    failures: u32,
    /// Where it is counted, until this is dropped.
    _counted: Option<Counted>,
}

/// A run that is counted as stuck until this is dropped.
struct Counted(Arc<WorkflowSeries>);

impl Counted {
    fn begin(series: &Arc<WorkflowSeries>) -> Self {
        series.stuck(1);
        Self(series.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.stuck(-1);
    }
}

impl Failing {
    fn begin(run: &Run) -> Self {
        let now = clock::now();
        let series = run.known().and_then(|known| known.series.as_ref());
        Self {
            began: now,
            last: now,
            said: now,
            failures: 0,
            _counted: series.map(Counted::begin),
        }
    }

    /// Counts a failure, and returns whether it is to be said: the first, the third and the tenth in
    /// a row, and then one in each period.
    fn failed(&mut self, period: Duration) -> bool {
        self.last = clock::now();
        self.failures = self.failures.saturating_add(1);
        let is_due = match self.failures {
            1 | 3 | 10 => true,
            0..10 => false,
            _ => self.last.duration_since(self.said) >= period,
        };
        if is_due {
            self.said = self.last;
        }
        is_due
    }
}

impl Worker {
    /// Counts a failure of a run's task, and says so from time to time.
    pub(super) fn fails(&self, run_id: &str, run: &Run, failure: &TaskFailure) {
        if self.is_replayer {
            return;
        }
        let mut failing = run.failing();
        let now = failing.get_or_insert_with(|| Box::new(Failing::begin(run)));
        let is_due = now.failed(self.stuck.say_every());
        let (failures, seconds) = (now.failures, now.began.elapsed().as_secs());
        drop(failing);
        if !is_due {
            return;
        }
        let about = run.about().unwrap_or_else(|| self.unread(run_id));
        let task_attempt = self.task_attempt(run_id, run);
        if let Some(left) = &failure.left {
            let build_id = &*self.about.build_id;
            return stuck::about(&self.registry.memory, &about, || {
                left_history(left, build_id, task_attempt, failures, seconds)
            });
        }
        let waits = run.waits().list();
        stuck::about(&self.registry.memory, &about, || {
            tracing::error!(
                cause = failure.cause,
                error_type = (!failure.error_type.is_empty()).then_some(&*failure.error_type),
                task_attempt,
                failures,
                seconds,
                waits = (!waits.is_empty()).then(|| waits.to_string()),
                "the run does not advance: its workflow task keeps failing, and the server retries it"
            );
        });
    }

    /// Returns the attempt of a run's task, which counts those on other workers, too, if a gRPC layer
    /// tells it.
    fn task_attempt(&self, run_id: &str, run: &Run) -> Option<u32> {
        let activated = run.state().attempt;
        if activated > 0 {
            return Some(activated);
        }
        // A task that could not be read has no activation.
        let (attempt, _) = self
            .registry
            .tasks()
            .out(run_id, i64::MAX, &self.instance, true)?
            .task?;
        Some(attempt)
    }

    /// Notes that a task of a run succeeded.
    pub(super) fn succeeds(&self, run: &Run) {
        let Some(failing) = run.failing().take() else {
            return;
        };
        let (failures, seconds) = (failing.failures, failing.began.elapsed().as_secs());
        if let Some(about) = run.about() {
            stuck::about(&self.registry.memory, &about, || {
                tracing::info!(failures, seconds, "the run advances again");
            });
        }
    }

    /// Forgets runs whose task was not retried here for long: they are over, or elsewhere.
    fn forget_stuck(&self) {
        let after = self.stuck.forgotten_after();
        for run_id in self.runs.remembered() {
            let Some(run) = self.runs.get(&run_id) else {
                continue;
            };
            let is_old = |failing: &Failing| failing.last.elapsed() >= after;
            if run.is_evicted() && run.failing().as_deref().is_some_and(is_old) {
                drop(run.failing().take());
                self.runs.forget(&run_id);
            }
        }
    }
}

/// Writes the line about code that left its history.
fn left_history(
    left: &Left,
    build_id: &str,
    task_attempt: Option<u32>,
    failures: u32,
    seconds: u64,
) {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mismatch = &left.mismatch;
    tracing::error!(
        cause = NON_DETERMINISM,
        form = mismatch.form,
        event_id = (mismatch.event_id > 0).then_some(mismatch.event_id),
        event = some(&mismatch.event),
        recorded = some(&mismatch.recorded),
        given = some(&mismatch.given),
        commands = some(&stuck::names(&left.commands)),
        patches = some(&stuck::names(&left.patches)),
        build_id = some(build_id),
        task_attempt,
        failures,
        seconds,
        "the run does not advance: its code does not follow its history, and the server tries its \
         task again"
    );
}

impl Registry {
    /// Forgets runs whose task was not retried in this process for long.
    pub(crate) fn forget_stuck(&self) {
        for worker in self.list_workers() {
            worker.forget_stuck();
        }
    }
}
