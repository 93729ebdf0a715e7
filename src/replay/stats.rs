//! The counts of suppressed signals, per workflow type.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;

use crate::execution::Tally;

/// The number of events and recordings that were suppressed in replay for one workflow type, since the process
/// started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// The workflow type.
    pub workflow_type: String,
    /// Suppressed log events. An event that two filtered layers would both have written counts
    /// once. The crate's own macros check only the level: an event that a target's directive alone
    /// would have filtered out is counted too.
    pub events: u64,
    /// Suppressed recordings of metrics.
    pub metrics: u64,
}

/// The counters of all executed workflow types.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    tallies: Mutex<BTreeMap<Box<str>, Arc<Tally>>>,
}

impl Stats {
    /// Returns the counter of a workflow type. Takes a lock: call it when a run is created, not at
    /// its polls.
    pub(crate) fn tally(&self, workflow_type: &str) -> Arc<Tally> {
        let mut tallies = self.tallies.lock();
        if let Some(tally) = tallies.get(workflow_type) {
            return tally.clone();
        }
        let tally = Arc::new(Tally::default());
        tallies.insert(workflow_type.into(), tally.clone());
        tally
    }

    /// Returns the counts, ordered by workflow type.
    pub(crate) fn snapshot(&self) -> Vec<Replayed> {
        let tallies = self.tallies.lock();
        tallies
            .iter()
            .map(|(workflow_type, tally)| {
                let total = tally.total();
                Replayed {
                    workflow_type: workflow_type.to_string(),
                    events: total.events,
                    metrics: total.metrics,
                }
            })
            .collect()
    }
}
