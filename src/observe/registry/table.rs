//! The runs of one worker.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;

use super::{run::Run, shards::Shards};

/// The most runs that a worker remembers after it evicted them because of a failure.
const EVICTED: usize = 1000;

/// The runs in a worker's cache, by run id.
#[derive(Default)]
pub(super) struct Table {
    runs: Shards<Arc<str>, Arc<Run>>,
    /// The runs evicted after a failure, each once, the oldest first.
    evicted: Mutex<VecDeque<Arc<str>>>,
}

impl Table {
    /// Returns a cached run.
    pub(super) fn get(&self, run_id: &str) -> Option<Arc<Run>> {
        self.runs.of(run_id).get(run_id).cloned()
    }

    /// Returns a run, and makes its record if it is new.
    pub(super) fn get_or_insert(&self, run_id: &str, make: impl FnOnce() -> Run) -> Arc<Run> {
        let mut runs = self.runs.of(run_id);
        let run = runs.entry(run_id.into());
        run.or_insert_with(|| Arc::new(make())).clone()
    }

    pub(super) fn remove(&self, run_id: &str) {
        let removed = self.runs.of(run_id).remove(run_id);
        drop(removed);
    }

    /// Returns the ids of the runs that were evicted after a failure.
    pub(super) fn remembered(&self) -> Vec<Arc<str>> {
        self.evicted.lock().iter().cloned().collect()
    }

    /// Forgets a run that was evicted after a failure.
    pub(super) fn forget(&self, run_id: &str) {
        self.evicted.lock().retain(|known| &**known != run_id);
        self.remove(run_id);
    }

    /// Keeps a run that was evicted after a failure, and forgets the oldest one beyond the limit.
    pub(super) fn remember(&self, run_id: &str) {
        let mut evicted = self.evicted.lock();
        evicted.retain(|known| &**known != run_id);
        evicted.push_back(run_id.into());
        let forgotten = (evicted.len() > EVICTED).then(|| evicted.pop_front());
        drop(evicted);
        if let Some(run_id) = forgotten.flatten()
            && self.get(&run_id).is_some_and(|run| run.is_evicted())
        {
            self.remove(&run_id);
        }
    }

    /// Returns every run, in no order.
    pub(super) fn list(&self) -> Vec<Arc<Run>> {
        let mut list = Vec::new();
        self.runs.each(|run| list.push(run.clone()));
        list
    }

    /// Returns the number of runs.
    pub(super) fn count(&self) -> u64 {
        let mut count = 0;
        self.runs.each(|_| count += 1);
        count
    }
}
