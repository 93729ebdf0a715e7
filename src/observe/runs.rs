use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use super::Seated;
use crate::{clock, execution::Tally, metrics::WorkflowSeries};

/// What the worker is asked to do with a run: one activation, in plain data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Activation {
    pub(crate) is_replay: bool,
    /// Whether the run is thrown out of the cache, and no more than that.
    pub(crate) evicts: bool,
    /// Whether workflow code may go on, other than to answer a query.
    pub(crate) advances: bool,
    pub(crate) history_length: u32,
    pub(crate) history_size: u64,
}

/// The payloads of a workflow's command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) kind: &'static str,
    pub(crate) bytes: usize,
}

/// The runs that a worker has in its cache, each with what it is measured by. Cheap to clone.
///
/// The worker's hooks, which know the tasks, and the interceptor of a run, which knows its type,
/// meet here.
#[derive(Clone, Default)]
pub(crate) struct Runs {
    measured: Arc<Mutex<HashMap<Box<str>, Run>>>,
    /// The worker's place among those that are looked at, if they are.
    seated: Arc<OnceLock<Seated>>,
}

#[derive(Default)]
struct Run {
    measured: Option<Measured>,
    activation: Option<(Activation, Instant)>,
    replay: Option<Replay>,
}

struct Measured {
    series: Arc<WorkflowSeries>,
    tally: Arc<Tally>,
}

/// A replay that goes on.
#[derive(Default)]
struct Replay {
    length: u32,
    time: Duration,
}

impl Runs {
    /// Notes the worker's place among those that are looked at.
    pub(crate) fn sit(&self, seated: Seated) {
        self.seated.get_or_init(|| seated);
    }

    /// Returns that place.
    pub(crate) fn seated(&self) -> Option<&Seated> {
        self.seated.get()
    }

    /// Notes that an activation is handed to a run.
    pub(crate) fn activated(&self, run_id: &str, activation: Activation) {
        let activation = Some((activation, clock::now()));
        let mut runs = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        match runs.get_mut(run_id) {
            Some(run) => run.activation = activation,
            None => runs.entry(run_id.into()).or_default().activation = activation,
        }
    }

    /// Notes by what a run is measured that is being activated for the first time.
    pub(crate) fn loaded(&self, run_id: &str, series: Arc<WorkflowSeries>, tally: Arc<Tally>) {
        let mut runs = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = runs.get_mut(run_id) {
            run.measured = Some(Measured { series, tally });
        }
    }

    /// Measures an activation that is done, and the commands that came of it.
    pub(crate) fn completed(&self, run_id: &str, commands: impl Iterator<Item = Command>) {
        let mut runs = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(run) = runs.get_mut(run_id) else {
            return;
        };
        let Some((activation, started)) = run.activation.take() else {
            return;
        };
        if activation.is_replay && !activation.evicts {
            let replay = run.replay.get_or_insert_default();
            replay.length = activation.history_length;
            replay.time += started.elapsed();
            return;
        }
        if let Some(measured) = &run.measured {
            measured.measure(activation, run.replay.take(), commands);
        }
        if activation.evicts {
            runs.remove(run_id);
        }
    }
}

impl Measured {
    fn measure(
        &self,
        activation: Activation,
        replay: Option<Replay>,
        commands: impl Iterator<Item = Command>,
    ) {
        if let Some(replay) = replay {
            self.series.replayed(replay.length, replay.time);
            let total = self.tally.total();
            self.series.suppressed(total.events, total.metrics);
        }
        if activation.advances {
            self.series
                .task_ended(activation.history_length, activation.history_size);
        }
        for command in commands {
            self.series.command(command.kind, command.bytes);
        }
    }
}
