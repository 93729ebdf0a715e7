use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
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
};

/// How many runs a worker keeps in mind that it evicted after a failure.
const EVICTED: usize = 1000;

/// The runs that a worker knows.
#[derive(Default)]
pub(super) struct KnownRuns {
    runs: Shards<Box<str>, RunSeen>,
    /// Those that were evicted after a failure, each with its run's number of evictions.
    evicted: Mutex<VecDeque<(Box<str>, u32)>>,
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
            (Some(run), _) => run,
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

    /// Notes that an activation is done.
    pub(crate) fn completed(
        &self,
        run_id: &str,
        done: Done,
        tally: impl FnOnce(&Fields) -> Arc<Tally>,
    ) {
        let mut runs = self.seat.runs.runs.of(run_id);
        let Some(run) = runs.get_mut(run_id) else {
            return;
        };
        let Some((started, at)) = run.started.take() else {
            return;
        };
        let took = at.elapsed();
        if let Some(failure) = done.failed {
            run.last_task = Some(TaskSeen {
                duration: took,
                failed: true,
                commands: 0,
            });
            run.failed(&self.insight, failure);
            return run.enter(RunState::Waiting);
        }
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
        run.evictions += 1;
        run.enter(RunState::Evicted);
        let evictions = run.evictions;
        drop(runs);
        self.seat.runs.keep_in_mind(run_id, evictions);
    }
}

impl KnownRuns {
    /// Makes room for a run that was evicted by forgetting the one that was first.
    fn keep_in_mind(&self, run_id: &str, evictions: u32) {
        let mut evicted = self.evicted.lock().unwrap_or_else(PoisonError::into_inner);
        evicted.push_back((run_id.into(), evictions));
        let forgotten = (evicted.len() > EVICTED).then(|| evicted.pop_front());
        drop(evicted);
        if let Some((run_id, evictions)) = forgotten.flatten() {
            let mut runs = self.runs.of(&*run_id);
            let is_that =
                |run: &RunSeen| run.state == RunState::Evicted && run.evictions == evictions;
            if runs.get(&run_id).is_some_and(is_that) {
                runs.remove(&run_id);
            }
        }
    }
}
