//! Runs whose code blocks its worker.

use std::{sync::Arc, time::Duration};

use super::{Registry, Run};
use crate::{commit::Memory, execution::Fields, observe::stuck};

/// A run whose code blocks its worker, until it returns.
pub(crate) struct Blocking {
    run: Arc<Run>,
    about: Arc<Fields>,
    panics: Arc<Memory>,
}

impl Registry {
    /// Says that a poll of a run's code has lasted for this long, if this registry knows the run.
    pub(crate) fn blocking(&self, number: u64, lasted: Duration) -> Option<Blocking> {
        let workers = self.list_workers();
        let mut runs = workers.iter().flat_map(|worker| worker.runs.list());
        let run = runs.find(|run| run.number == number)?;
        let known = run.known()?.clone();
        run.state().is_blocked = true;
        if let Some(series) = &known.series {
            series.blocked();
        }
        let seconds = lasted.as_secs_f64();
        stuck::about(&self.memory, &known.fields, || {
            tracing::warn!(
                seconds,
                "workflow code blocks its worker: a poll has not returned, and no other run of the \
                 worker advances until it does; move what blocks into an activity"
            );
        });
        Some(Blocking {
            run,
            about: known.fields.clone(),
            panics: self.memory.clone(),
        })
    }
}

impl Blocking {
    /// Says that the code has returned, after about this long.
    pub(crate) fn ended(self, lasted: Duration) {
        self.run.state().is_blocked = false;
        let seconds = lasted.as_secs_f64();
        stuck::about(&self.panics, &self.about, || {
            tracing::warn!(
                seconds,
                "workflow code that blocked its worker has returned"
            );
        });
    }
}
