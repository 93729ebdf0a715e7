//! One cached run: what its worker's hooks saw of it, and the state machine that they drive.

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use super::failure::TaskFailure;
use crate::{
    clock,
    commit::Ledger,
    execution::{Fields, Tally},
    metrics::WorkflowSeries,
    observe::Retries,
};

/// The reason of an eviction that makes room.
const CACHE_FULL: &str = "CACHE_FULL";

/// A cached run: one record, shared by its worker's hooks and its interceptor.
pub(crate) struct Run {
    pub(crate) number: u64,
    ledger: Arc<Ledger>,
    known: OnceLock<Arc<Known>>,
    state: Mutex<State>,
}

/// What is known of a run once its code has been created.
pub(crate) struct Known {
    pub(crate) fields: Arc<Fields>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) series: Option<Arc<WorkflowSeries>>,
    pub(crate) retries: Retries,
}

struct State {
    /// What the first activation said of the run, until more is known.
    first: Option<Arc<Fields>>,
    doing: RunState,
    since: Instant,
    activation: Option<(Activation, Instant)>,
    /// How far the replay that goes on has come, and how long it has taken.
    replayed: Option<(u32, Duration)>,
    history_length: u32,
    /// The history's length at the last task that was measured.
    measured: u32,
    last_task: Option<TaskSeen>,
    failures: u32,
    last_failure: Option<Arc<TaskFailure>>,
    eviction: Option<&'static str>,
    /// The updates of the activation whose protocol instance has an id of its own.
    updates: Vec<(Box<str>, Box<str>)>,
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    Waiting,
    Executing,
    Replaying,
    Evicted,
}

/// What a worker is asked to do with a run, in plain data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Activation {
    pub(crate) is_replay: bool,
    /// Whether workflow code may go on, other than to answer a query.
    pub(crate) advances: bool,
    pub(crate) history_length: u32,
    pub(crate) history_size: u64,
}

/// An activation as it is handed back to the core.
pub(crate) struct Completion {
    pub(crate) commands: u32,
    pub(crate) failed: Option<TaskFailure>,
    /// The type of the error that the run failed with, if it did.
    pub(crate) run_failed: Option<String>,
}

/// A live activation that was completed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskSeen {
    pub(crate) duration: Duration,
    pub(crate) failed: bool,
    pub(crate) commands: u32,
}

/// What happened to a run at a step of its state machine.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It was brought back by a replay, or that was given up.
    Replayed {
        length: u32,
        time: Duration,
    },
    /// A live task ended, the first of its activations to be completed.
    TaskEnded {
        length: u32,
        size: u64,
    },
    TaskFailed(Arc<TaskFailure>),
    RunFailed {
        error_type: Box<str>,
    },
}

/// A run as it was at one moment.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "introspect"),
    allow(dead_code, reason = "only introspection reads it")
)]
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
}

impl Run {
    /// Returns the record of a run that no worker's hook knows: it is taken for replayed where
    /// nothing says otherwise, and what ends is not held.
    pub(crate) fn unregistered() -> Self {
        Self::with(0, None, Ledger::default())
    }

    pub(super) fn new(number: u64, first: Option<Arc<Fields>>) -> Self {
        Self::with(number, first, Ledger::holding())
    }

    fn with(number: u64, first: Option<Arc<Fields>>, ledger: Ledger) -> Self {
        Self {
            number,
            ledger: Arc::new(ledger),
            known: OnceLock::new(),
            state: Mutex::new(State {
                first,
                doing: RunState::Waiting,
                since: clock::now(),
                activation: None,
                replayed: None,
                history_length: 0,
                measured: 0,
                last_task: None,
                failures: 0,
                last_failure: None,
                eviction: None,
                updates: Vec::new(),
            }),
        }
    }

    /// Returns where its code's spans, counters and hooks wait for the SDK.
    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Returns what is known of the run, once its code was created.
    pub(super) fn known(&self) -> Option<&Arc<Known>> {
        self.known.get()
    }

    /// Notes what is known of the run, whose code is being created.
    pub(crate) fn created(&self, known: Known) -> Arc<Known> {
        self.state().first = None;
        self.known.get_or_init(|| Arc::new(known)).clone()
    }

    /// Returns what the run is, as far as it is known.
    pub(super) fn about(&self) -> Option<Arc<Fields>> {
        let known = self.known.get().map(|known| known.fields.clone());
        known.or_else(|| self.state().first.clone())
    }

    /// Returns whether the activation that goes on re-executes history.
    pub(crate) fn is_replaying(&self) -> bool {
        let state = self.state();
        state.activation.is_none_or(|(now, _)| now.is_replay)
    }

    /// Returns the id of the protocol instance by which an update of this activation is answered.
    pub(crate) fn instance_of(&self, update_id: &str) -> Box<str> {
        let state = self.state();
        let mut updates = state.updates.iter();
        let instance = updates.find_map(|(id, instance)| (**id == *update_id).then_some(instance));
        instance.map_or_else(|| update_id.into(), Clone::clone)
    }

    /// Notes that an activation is handed to the run.
    pub(super) fn activated(&self, activation: Activation, updates: Vec<(Box<str>, Box<str>)>) {
        let mut state = self.state();
        state.history_length = activation.history_length;
        state.eviction = None;
        state.activation = Some((activation, clock::now()));
        state.updates = updates;
        state.enter(match activation.is_replay {
            true => RunState::Replaying,
            false => RunState::Executing,
        });
    }

    /// Notes that an activation is done. Returns it, and what came of it.
    pub(super) fn completed(&self, completion: Completion) -> (Option<Activation>, Vec<Step>) {
        let mut state = self.state();
        let activation = state.activation.take();
        let took = activation.map_or(Duration::ZERO, |(_, at)| at.elapsed());
        let activation = activation.map(|(activation, _)| activation);
        if let Some(failure) = completion.failed {
            state.last_task = Some(TaskSeen {
                duration: took,
                failed: true,
                commands: 0,
            });
            state.enter(RunState::Waiting);
            return (activation, vec![state.failed(failure)]);
        }
        let Some(now) = activation else {
            return (None, Vec::new());
        };
        if now.is_replay && now.advances {
            // What comes next says whether that was all.
            let (length, time) = state.replayed.get_or_insert_default();
            (*length, *time) = (now.history_length, *time + took);
            return (activation, Vec::new());
        }
        let mut steps = Vec::new();
        steps.extend(state.came_back());
        if now.advances {
            state.failures = 0;
            state.last_task = Some(TaskSeen {
                duration: took,
                failed: false,
                commands: completion.commands,
            });
            if now.history_length > state.measured {
                state.measured = now.history_length;
                steps.push(Step::TaskEnded {
                    length: now.history_length,
                    size: now.history_size,
                });
            }
        }
        if let Some(error_type) = completion.run_failed {
            let error_type = error_type.into();
            steps.push(Step::RunFailed { error_type });
        }
        state.enter(RunState::Waiting);
        (activation, steps)
    }

    /// Notes that the run leaves the cache, which may be how the core says that a task failed.
    /// Returns whether its last tasks failed, and what came of it.
    pub(super) fn evicted(
        &self,
        reason: &'static str,
        failure: Option<TaskFailure>,
    ) -> (bool, Vec<Step>) {
        let mut state = self.state();
        let mut steps = Vec::new();
        if let Some(failure) = failure.or_else(|| state.broken_off(reason)) {
            steps.push(state.failed(failure));
        }
        steps.extend(state.came_back());
        state.eviction = Some(reason);
        state.activation = None;
        state.enter(RunState::Evicted);
        (state.failures > 0, steps)
    }

    /// Returns the run as it is now.
    #[cfg_attr(
        not(feature = "introspect"),
        allow(dead_code, reason = "only introspection reads it")
    )]
    pub(super) fn seen(&self, about: Arc<Fields>) -> RunSeen {
        let state = self.state();
        RunSeen {
            number: self.number,
            about,
            state: state.doing,
            since: state.since,
            history_length: state.history_length,
            last_task: state.last_task,
            failures: state.failures,
            last_failure: state.last_failure.clone(),
            eviction: state.eviction,
        }
    }

    pub(super) fn is_evicted(&self) -> bool {
        self.state().doing == RunState::Evicted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
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

    /// Returns the failure that an eviction in the midst of a replay stands for: a replay ends with a
    /// live activation or a query. A core that keeps no run names none but its cache as the reason.
    fn broken_off(&self, reason: &'static str) -> Option<TaskFailure> {
        let is_broken = self.doing == RunState::Replaying && reason == CACHE_FULL;
        is_broken.then(|| TaskFailure {
            cause: "REPLAY_BROKEN_OFF",
            error_type: String::new(),
            message: None,
            at: clock::wall(),
        })
    }

    fn failed(&mut self, failure: TaskFailure) -> Step {
        let failure = Arc::new(failure);
        self.failures += 1;
        self.last_failure = Some(failure.clone());
        Step::TaskFailed(failure)
    }
}
