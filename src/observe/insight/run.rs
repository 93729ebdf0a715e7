use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{Happened, Insight};
use crate::{
    clock,
    execution::{Fields, Tally},
};

/// The cause of a task's failure whose code did not follow its history.
pub(crate) const NON_DETERMINISM: &str = "NON_DETERMINISTIC_ERROR";

/// The reason of an eviction that makes room.
const CACHE_FULL: &str = "CACHE_FULL";

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    Waiting,
    Executing,
    Replaying,
    Evicted,
}

/// A run, as far as its worker's hooks saw it.
#[derive(Clone)]
pub(crate) struct RunSeen {
    pub(crate) number: u64,
    pub(crate) about: Arc<Fields>,
    pub(crate) state: RunState,
    pub(crate) since: Instant,
    pub(crate) history_length: u32,
    pub(crate) last_task: Option<TaskSeen>,
    pub(crate) failures: u32,
    pub(crate) last_failure: Option<Arc<TaskFailure>>,
    pub(crate) eviction: Option<&'static str>,
    pub(super) started: Option<(Started, Instant)>,
    pub(super) replayed: Option<Duration>,
}

/// An activation that begins.
#[derive(Clone, Copy)]
pub(crate) struct Started {
    pub(crate) is_replay: bool,
    /// Whether workflow code may go on, other than to answer a query.
    pub(crate) advances: bool,
    pub(crate) history_length: u32,
}

/// A live activation that ended.
#[derive(Clone, Copy)]
pub(crate) struct TaskSeen {
    pub(crate) duration: Duration,
    pub(crate) failed: bool,
    pub(crate) commands: u32,
}

/// An activation as it is handed to the core.
pub(crate) struct Done {
    pub(crate) commands: u32,
    pub(crate) failed: Option<TaskFailure>,
    /// The type of the error that the run failed with, if it did.
    pub(crate) run_failed: Option<String>,
}

/// Why a task failed.
pub(crate) struct TaskFailure {
    pub(crate) cause: &'static str,
    pub(crate) error_type: String,
    pub(crate) message: Option<String>,
    pub(crate) at: SystemTime,
}

impl RunSeen {
    pub(super) fn new(number: u64, about: Arc<Fields>) -> Self {
        Self {
            number,
            about,
            state: RunState::Waiting,
            since: clock::now(),
            history_length: 0,
            last_task: None,
            failures: 0,
            last_failure: None,
            eviction: None,
            started: None,
            replayed: None,
        }
    }

    pub(super) fn enter(&mut self, state: RunState) {
        // A replay is one state, however many activations it has.
        let goes_on = state == RunState::Replaying && self.state == RunState::Replaying;
        if !goes_on {
            self.since = clock::now();
        }
        self.state = state;
    }

    /// Returns the failure that an eviction in the midst of a replay stands for: a replay ends with a
    /// live activation or a query. A core that keeps no run names none but its cache as the reason.
    pub(super) fn broken_off(&self, reason: &'static str) -> Option<TaskFailure> {
        let is_broken = self.state == RunState::Replaying && reason == CACHE_FULL;
        is_broken.then(|| TaskFailure {
            cause: "REPLAY_BROKEN_OFF",
            error_type: String::new(),
            message: None,
            at: clock::wall(),
        })
    }

    pub(super) fn failed(&mut self, insight: &Insight, failure: TaskFailure) {
        let failure = Arc::new(failure);
        self.failures += 1;
        self.last_failure = Some(failure.clone());
        insight.events.note(|| {
            let what = match failure.cause {
                NON_DETERMINISM => Happened::NonDeterminism(failure),
                _ => Happened::TaskFailed(failure),
            };
            (self.about.clone(), what)
        });
    }

    pub(super) fn came_back(
        &self,
        insight: &Insight,
        time: Duration,
        tally: impl FnOnce(&Fields) -> Arc<Tally>,
    ) {
        insight.events.note(|| {
            let suppressed = tally(&self.about).total();
            let what = Happened::Replayed {
                length: self.history_length,
                time,
                log_events: suppressed.events,
                metrics: suppressed.metrics,
            };
            (self.about.clone(), what)
        });
    }
}
