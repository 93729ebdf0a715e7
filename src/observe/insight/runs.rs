use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    Happened,
    run::{Done, RunSeen, RunState, Started, TaskFailure, TaskSeen},
    shards::Shards,
    workers::{Seat, Seated},
};
use crate::{
    clock,
    execution::{Fields, Tally},
    schema::Field,
};

/// How many runs a worker keeps in mind that it evicted after a failure.
const EVICTED: usize = 1000;

/// The runs that a worker knows.
#[derive(Default)]
pub(super) struct KnownRuns {
    runs: Shards<Box<str>, RunSeen>,
    /// Those that were evicted after a failure, each once: its last eviction counts.
    evicted: Mutex<VecDeque<Box<str>>>,
}

impl Seat {
    /// Returns the runs that are known, in no order.
    pub(crate) fn list_runs(&self) -> Vec<RunSeen> {
        let mut list = Vec::new();
        self.runs.runs.each(|seen| list.push(seen.clone()));
        list
    }

    /// Returns how many there are.
    pub(crate) fn count_runs(&self) -> u64 {
        let mut count = 0;
        self.runs.runs.each(|_| count += 1);
        count
    }
}

impl Seated {
    /// Notes that an activation is handed to a run; `about` says what is known of one that is new.
    pub(crate) fn activated(&self, run_id: &str, started: Started, about: Option<Arc<Fields>>) {
        let mut runs = self.seat.runs.runs.of(run_id);
        let run = match (runs.get_mut(run_id), about) {
            // More may be known than before.
            (Some(run), Some(about)) => {
                run.about = about;
                run
            }
            (Some(run), None) => run,
            (None, Some(about)) => runs
                .entry(run_id.into())
                .or_insert(RunSeen::new(self.insight.number(), about)),
            // It was cached before somebody asked.
            (None, None) => return,
        };
        run.history_length = started.history_length;
        run.eviction = None;
        run.started = Some((started, clock::now()));
        run.enter(match started.is_replay {
            true => RunState::Replaying,
            false => RunState::Executing,
        });
    }

    /// Notes what is known of a run that is being created: more than its first activation says.
    pub(crate) fn created(&self, run_id: &str, about: &Arc<Fields>) {
        let mut runs = self.seat.runs.runs.of(run_id);
        if let Some(run) = runs.get_mut(run_id) {
            run.about = about.clone();
        }
    }

    /// Notes that an activation is done.
    pub(crate) fn completed(
        &self,
        run_id: &str,
        done: Done,
        tally: impl FnOnce(&Fields) -> Arc<Tally>,
    ) {
        let mut runs = self.seat.runs.runs.of(run_id);
        if let Some(failure) = done.failed {
            // A task that could not be read comes without an activation.
            let run = runs
                .entry(run_id.into())
                .or_insert_with(|| RunSeen::new(self.insight.number(), self.unread(run_id)));
            let started = run.started.take();
            run.last_task = Some(TaskSeen {
                duration: started.map_or(Duration::ZERO, |(_, at)| at.elapsed()),
                failed: true,
                commands: 0,
            });
            run.failed(&self.insight, failure);
            return run.enter(RunState::Waiting);
        }
        let Some(run) = runs.get_mut(run_id) else {
            return;
        };
        let Some((started, at)) = run.started.take() else {
            return;
        };
        let took = at.elapsed();
        if started.is_replay && started.advances {
            // What comes next says whether that was all.
            *run.replayed.get_or_insert_default() += took;
            return;
        }
        if let Some(time) = run.replayed.take() {
            run.came_back(&self.insight, time, tally);
        }
        if started.advances {
            run.failures = 0;
            run.last_task = Some(TaskSeen {
                duration: took,
                failed: false,
                commands: done.commands,
            });
        }
        if let Some(error_type) = done.run_failed {
            let error_type = error_type.into();
            let what = || (run.about.clone(), Happened::RunFailed { error_type });
            self.insight.events.note(what);
        }
        run.enter(RunState::Waiting);
    }

    /// Returns what is known of a run whose task could not be read.
    fn unread(&self, run_id: &str) -> Arc<Fields> {
        let fields = Fields::default()
            .with(Field::Namespace, self.seat.namespace())
            .with(Field::TaskQueue, &*self.seat.about.task_queue)
            .with(Field::RunId, run_id);
        Arc::new(fields)
    }

    /// Notes that a run is thrown out of the cache. Where that is how the core says that a task
    /// failed, there is a failure.
    pub(crate) fn evicted(
        &self,
        run_id: &str,
        reason: &'static str,
        is_end: bool,
        failure: Option<TaskFailure>,
    ) {
        let mut runs = self.seat.runs.runs.of(run_id);
        let Some(run) = runs.get_mut(run_id) else {
            return;
        };
        if let Some(failure) = failure.or_else(|| run.broken_off(reason)) {
            run.failed(&self.insight, failure);
        }
        if !is_end {
            let what = || (run.about.clone(), Happened::Evicted { reason });
            self.insight.events.note(what);
        }
        if is_end || run.failures == 0 {
            runs.remove(run_id);
            return;
        }
        run.eviction = Some(reason);
        run.started = None;
        run.replayed = None;
        run.enter(RunState::Evicted);
        drop(runs);
        self.seat.runs.keep_in_mind(run_id);
    }
}

impl KnownRuns {
    /// Makes room for a run that was evicted by forgetting the one that was first.
    fn keep_in_mind(&self, run_id: &str) {
        let mut evicted = self.evicted.lock().unwrap_or_else(PoisonError::into_inner);
        evicted.retain(|known| &**known != run_id);
        evicted.push_back(run_id.into());
        let forgotten = (evicted.len() > EVICTED).then(|| evicted.pop_front());
        drop(evicted);
        if let Some(run_id) = forgotten.flatten() {
            let mut runs = self.runs.of(&*run_id);
            let is_evicted = |run: &RunSeen| run.state == RunState::Evicted;
            if runs.get(&run_id).is_some_and(is_evicted) {
                runs.remove(&run_id);
            }
        }
    }
}
