//! What is measured and noted of the steps of a run.

use std::sync::Arc;

use super::{Happened, Worker, run::Run, state::Step};
use crate::{execution::Fields, metrics::WorkflowSeries, schema::Field};

impl Worker {
    /// Measures and notes the steps of a run.
    pub(super) fn report(&self, run_id: &str, run: &Run, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Replayed { length, time } => {
                    let suppressed = run.known().map(|known| known.tally.total());
                    let suppressed = suppressed.unwrap_or_default();
                    if let Some(series) = self.series(run) {
                        series.replayed(length, time);
                        series.suppressed(suppressed.events, suppressed.metrics);
                    }
                    self.note(run_id, run, || Happened::Replayed {
                        length,
                        time,
                        log_events: suppressed.events,
                        metrics: suppressed.metrics,
                    });
                }
                Step::TaskEnded { length, size } => {
                    if let Some(series) = self.series(run).cloned() {
                        run.ledger().count(move || series.task_ended(length, size));
                    }
                }
                Step::Happened(what) => {
                    if let Happened::TaskFailed(failure) = &what {
                        self.fails(run_id, run, failure);
                    }
                    self.note(run_id, run, || what);
                }
            }
        }
    }

    /// Returns the series of the run.
    pub(super) fn series<'a>(&self, run: &'a Run) -> Option<&'a Arc<WorkflowSeries>> {
        run.known()?.series.as_ref().filter(|_| !self.is_replayer)
    }

    /// Notes an event while introspection is on.
    pub(super) fn note(&self, run_id: &str, run: &Run, what: impl FnOnce() -> Happened) {
        if let Some(watched) = self.registry.watched().filter(|_| !self.is_replayer) {
            let about = || run.about().unwrap_or_else(|| self.unread(run_id));
            watched.events.note(|| (about(), what()));
        }
    }

    /// Returns the fields of a run whose task could not be read.
    pub(super) fn unread(&self, run_id: &str) -> Arc<Fields> {
        let fields = Fields::default()
            .with(Field::Namespace, self.namespace())
            .with(Field::TaskQueue, &*self.about.task_queue)
            .with(Field::RunId, run_id);
        Arc::new(fields)
    }
}
