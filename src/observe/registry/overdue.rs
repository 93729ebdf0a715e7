//! Watches for lines that wait for too long until the server accepts their task.

use std::{sync::Arc, time::Duration};

use tokio::{runtime::Handle, task::AbortHandle, time::interval};

use super::{run::Run, worker::Worker};
use crate::{
    commit::{Holding, Overdue},
    observe::stuck,
};

/// How often a worker's runs are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Ends the watch when it is dropped.
pub(super) struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Watches the runs of a worker, if their lines wait at all.
pub(super) fn watched(worker: &Arc<Worker>) -> Option<Watch> {
    let holding = worker.holds()?.clone();
    let (worker, runtime) = (Arc::downgrade(worker), Handle::try_current().ok()?);
    let watching = runtime.spawn(async move {
        let mut every = interval(EVERY);
        loop {
            every.tick().await;
            let Some(worker) = worker.upgrade() else {
                return;
            };
            let look = |run_id: &str, run: &Run| look(&worker, &holding, run_id, run);
            worker.runs.each(look);
            worker.registry.memory.shielded(|| holding.say());
        }
    });
    Some(Watch(watching.abort_handle()))
}

fn look(worker: &Worker, holding: &Holding, run_id: &str, run: &Run) {
    let Some(overdue) = run.ledger().overdue() else {
        return;
    };
    let about = run.about().unwrap_or_else(|| worker.unread(run_id));
    stuck::about(&worker.registry.memory, &about, || match overdue {
        Overdue::Slow(since) if holding.is_first_slow() => tracing::warn!(
            waiting = ?since.elapsed(),
            "telemetry of a run waits for the server to accept its workflow task: its code hangs, a \
             local activity runs, or the server does not answer; later runs are only counted, in \
             `health().commits`"
        ),
        Overdue::Slow(_) => {}
        Overdue::Written(lines) => tracing::warn!(
            lines,
            "lines waited too long for the server to accept their workflow task, and are written \
             with the mark `task_open`"
        ),
    });
}
