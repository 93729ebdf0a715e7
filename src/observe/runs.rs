use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Leaves, Seated};
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
    /// The places of workers among those that are looked at, if they are: options may be cloned, and
    /// each worker made of them meets here.
    seats: Arc<Mutex<Vec<Seated>>>,
}

tokio::task_local! {
    /// The key of the worker that is being polled. Its hooks don't say which one it is.
    static POLLED: Box<str>;
}

/// A worker's place among those that are looked at, which ends when this is dropped.
pub(crate) struct Sitting {
    runs: Runs,
    seated: Seated,
    _leaves: Leaves,
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
    /// Gives a worker its place among those that are looked at.
    pub(crate) fn sit(&self, seated: Seated) -> Sitting {
        self.seats().push(seated.clone());
        Sitting {
            runs: self.clone(),
            _leaves: seated.until_dropped(),
            seated,
        }
    }

    /// Returns the place of the worker that is being polled.
    pub(crate) fn seated(&self) -> Option<Seated> {
        POLLED.try_with(|key| self.seat_of(key)).ok().flatten()
    }

    fn seat_of(&self, key: &str) -> Option<Seated> {
        let seats = self.seats();
        seats.iter().find(|seat| seat.instance() == key).cloned()
    }

    fn seats(&self) -> MutexGuard<'_, Vec<Seated>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Sitting {
    /// Runs the worker, which has its place until then.
    pub(crate) async fn run<T>(self, worker: impl Future<Output = T>) -> T {
        POLLED.scope(self.seated.instance().into(), worker).await
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        let instance = self.seated.instance();
        self.runs.seats().retain(|seat| seat.instance() != instance);
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
