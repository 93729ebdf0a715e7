//! The state machine of a cached run, driven by its worker's hooks.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{Happened, growing::Growing};
use crate::{clock, commit::Fate, execution::Fields, redact::Mismatch};

/// The cause of a task failure whose code did not follow its history.
pub(crate) const NON_DETERMINISM: &str = "NON_DETERMINISTIC_ERROR";

/// The reason of an eviction that makes room.
const CACHE_FULL: &str = "CACHE_FULL";

/// The most commands and patches that are named.
const MOST_NAMED: usize = 32;

/// The state of a run, as its hooks have seen it so far.
#[derive(Clone)]
pub(crate) struct State {
    /// The run's fields from its first activation, until more are known.
    pub(super) first: Option<Arc<Fields>>,
    pub(crate) doing: RunState,
    pub(crate) since: Instant,
    pub(super) activation: Option<(Activation, Instant)>,
    /// The history length and the duration of the current replay so far.
    replayed: Option<(u32, Duration)>,
    pub(crate) history_length: u32,
    /// The attempt of the last task that brought an activation; 0 if nobody knows.
    pub(super) attempt: u32,
    /// The history length at the last measured task.
    measured: u32,
    pub(crate) last_task: Option<TaskSeen>,
    pub(crate) failures: u32,
    pub(crate) last_failure: Option<Arc<TaskFailure>>,
    pub(crate) eviction: Option<&'static str>,
    /// Whether a poll of its code lasts too long.
    pub(crate) is_blocked: bool,
    /// What is named if the code leaves its history: most runs that wait have none.
    named: Option<Box<Named>>,
    pub(super) growing: Growing,
    /// The updates of the activation whose protocol instance has an id of its own.
    pub(super) updates: Vec<(Box<str>, Box<str>)>,
}

/// What is named if code leaves its history, the first of many.
#[derive(Clone, Debug, Default)]
struct Named {
    /// The kinds of the commands of a replayed activation.
    commands: Vec<&'static str>,
    /// The patches that history or code named.
    patches: Vec<Box<str>>,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    Waiting,
    Executing,
    Replaying,
    Evicted,
}

/// An activation: what a worker is asked to do with a run, in plain data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Activation {
    pub(crate) is_replay: bool,
    /// Whether workflow code may advance, not just answer a query.
    pub(crate) advances: bool,
    pub(crate) history_length: u32,
    pub(crate) history_size: u64,
    /// Workflow time.
    pub(crate) time: Option<SystemTime>,
    /// The server's reasons to suggest that the run continues as new, as a set, if it does.
    pub(crate) suggested: Option<u8>,
    /// The attempt of its task; 0 if nobody knows.
    pub(crate) attempt: u32,
    /// Whether it executes what a later task will.
    pub(crate) is_ahead: bool,
    /// Whether its task was scheduled at once when the one before was completed, if that is known.
    pub(crate) follows: Option<bool>,
    /// Whether another process may have emitted what it does, if it executes the task before, too.
    pub(crate) may_repeat: bool,
}

/// An activation as it is handed back to the core.
pub(crate) struct Completion {
    pub(crate) commands: u32,
    /// Whether any of them leaves an event.
    pub(crate) leaves: bool,
    pub(crate) failed: Option<TaskFailure>,
    /// The type of the error that the run failed with, if it did.
    pub(crate) run_failed: Option<String>,
    /// Whether the run ends.
    pub(crate) ends_run: bool,
}

/// A workflow task that failed.
#[derive(Debug)]
pub(crate) struct TaskFailure {
    pub(crate) cause: &'static str,
    pub(crate) error_type: String,
    pub(crate) message: Option<String>,
    pub(crate) at: SystemTime,
    /// How the code left its history, if it did.
    pub(crate) left: Option<Box<Left>>,
}

/// How code left its history.
#[derive(Debug, Default)]
pub(crate) struct Left {
    pub(crate) mismatch: Mismatch,
    /// The kinds of the commands of its last activation, the first of many.
    pub(crate) commands: Vec<&'static str>,
    /// The patches that history or code named.
    pub(crate) patches: Vec<Box<str>>,
}

/// A live activation that was completed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskSeen {
    pub(crate) duration: Duration,
    pub(crate) failed: bool,
    pub(crate) commands: u32,
    /// The attempt of its task; 0 if nobody knows.
    pub(crate) attempt: u32,
    pub(crate) fate: Fate,
}

/// What happened to a run at a step of its state machine.
pub(super) enum Step {
    /// A replay restored it, or was given up.
    Replayed { length: u32, time: Duration },
    /// A live task ended, the first of its activations to be completed.
    TaskEnded { length: u32, size: u64 },
    /// An event, and nothing more.
    Happened(Happened),
}

impl State {
    /// Returns the state of a run that is about to be activated.
    pub(super) fn of(first: Option<Arc<Fields>>) -> Self {
        Self {
            first,
            doing: RunState::Waiting,
            since: clock::now(),
            activation: None,
            replayed: None,
            history_length: 0,
            attempt: 0,
            measured: 0,
            last_task: None,
            failures: 0,
            last_failure: None,
            eviction: None,
            is_blocked: false,
            named: None,
            growing: Growing::default(),
            updates: Vec::new(),
        }
    }

    /// Notes that an activation is handed to the run.
    pub(super) fn activated(&mut self, activation: Activation, updates: Vec<(Box<str>, Box<str>)>) {
        self.history_length = activation.history_length;
        self.attempt = activation.attempt;
        self.eviction = None;
        self.activation = Some((activation, clock::now()));
        self.updates = updates;
        self.enter(match activation.is_replay {
            true => RunState::Replaying,
            false => RunState::Executing,
        });
    }

    /// Notes that an activation is done. Returns it, and the steps that followed.
    pub(super) fn completed(&mut self, completion: Completion) -> (Option<Activation>, Vec<Step>) {
        let activation = self.activation.take();
        let took = activation.map_or(Duration::ZERO, |(_, at)| at.elapsed());
        let activation = activation.map(|(activation, _)| activation);
        let failed = completion.failed.is_some();
        let task = TaskSeen {
            duration: took,
            failed,
            commands: completion.commands,
            attempt: activation.map_or(0, |now| now.attempt),
            fate: if failed { Fate::Refused } else { Fate::Open },
        };
        if let Some(failure) = completion.failed {
            self.last_task = Some(task);
            self.enter(RunState::Waiting);
            return (activation, vec![self.failed(failure)]);
        }
        let Some(now) = activation else {
            return (None, Vec::new());
        };
        if now.is_replay && now.advances {
            // The next activation says whether the replay is complete.
            let (length, time) = self.replayed.get_or_insert_default();
            (*length, *time) = (now.history_length, *time + took);
            return (activation, Vec::new());
        }
        let mut steps = Vec::new();
        steps.extend(self.came_back());
        if now.advances {
            self.failures = 0;
            self.last_task = Some(task);
            if now.history_length > self.measured {
                self.measured = now.history_length;
                steps.push(Step::TaskEnded {
                    length: now.history_length,
                    size: now.history_size,
                });
            }
        }
        if let Some(error_type) = completion.run_failed {
            let error_type = error_type.into();
            steps.push(Step::Happened(Happened::RunFailed { error_type }));
        }
        self.enter(RunState::Waiting);
        (activation, steps)
    }

    /// Notes that the run leaves the cache, which may be how the core reports a failed task.
    /// Returns whether its last tasks failed, and the steps that followed.
    pub(super) fn evicted(
        &mut self,
        reason: &'static str,
        failure: Option<TaskFailure>,
    ) -> (bool, Vec<Step>) {
        let mut steps = Vec::new();
        if let Some(failure) = failure.or_else(|| self.broken_off(reason)) {
            steps.push(self.failed(failure));
        }
        steps.extend(self.came_back());
        self.eviction = Some(reason);
        self.growing = Growing::default();
        self.activation = None;
        self.enter(RunState::Evicted);
        (self.failures > 0, steps)
    }

    fn enter(&mut self, doing: RunState) {
        // A replay is one state, however many activations it has.
        let goes_on = doing == RunState::Replaying && self.doing == RunState::Replaying;
        if !goes_on {
            self.since = clock::now();
        }
        self.doing = doing;
    }

    /// Ends the replay, if there is one.
    fn came_back(&mut self) -> Option<Step> {
        let (length, time) = self.replayed.take()?;
        Some(Step::Replayed { length, time })
    }

    /// Returns the failure behind an eviction during a replay: a replay ends with a live activation
    /// or a query. A core without a cache gives no other reason than its full cache.
    fn broken_off(&self, reason: &'static str) -> Option<TaskFailure> {
        let is_broken = self.doing == RunState::Replaying && reason == CACHE_FULL;
        is_broken.then(|| TaskFailure {
            cause: "REPLAY_BROKEN_OFF",
            error_type: String::new(),
            message: None,
            at: clock::wall(),
            left: None,
        })
    }

    /// Notes a patch that history or code named.
    pub(super) fn patched(&mut self, patch: &str) {
        let patches = &mut self.named.get_or_insert_default().patches;
        let is_known = patches.iter().any(|known| **known == *patch);
        if !is_known && patches.len() < MOST_NAMED {
            patches.push(patch.into());
        }
    }

    /// Notes the commands of an activation that is being completed: of a replayed one, since code
    /// leaves its history there.
    pub(super) fn commanded(&mut self, kinds: impl Iterator<Item = &'static str>) {
        let is_replay = |(now, _): (Activation, Instant)| now.is_replay && now.advances;
        if self.activation.is_some_and(is_replay) {
            let commands = &mut self.named.get_or_insert_default().commands;
            commands.clear();
            commands.extend(kinds.take(MOST_NAMED));
        } else if let Some(named) = self.named.take_if(|named| named.patches.is_empty()) {
            // The code is past its history.
            drop(named);
        } else if let Some(named) = &mut self.named {
            named.commands = Vec::new();
        }
    }

    fn failed(&mut self, mut failure: TaskFailure) -> Step {
        if let Some(left) = &mut failure.left {
            let named = self.named.as_deref_mut();
            let named = named.map(std::mem::take).unwrap_or_default();
            (left.commands, left.patches) = (named.commands, named.patches);
        }
        let failure = Arc::new(failure);
        self.failures += 1;
        self.last_failure = Some(failure.clone());
        Step::Happened(Happened::TaskFailed(failure))
    }
}
