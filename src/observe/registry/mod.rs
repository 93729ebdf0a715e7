//! The registry of what runs: workers with their cached runs, and attempts of activities.
//!
//! There is one table of runs for each running worker, held by the worker's own task, and one
//! record for each cached run. The worker's hooks drive the record's state machine; metrics,
//! introspection, `#[init]` and the ends of spans read it. Events and attempts are kept only while
//! introspection is on.

mod attempts;
mod blocking;
mod events;
mod failing;
mod growing;
mod handlers;
mod judge;
mod overdue;
mod run;
mod shards;
mod state;
mod steps;
mod table;
mod worker;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use self::table::Table;
#[cfg(feature = "introspect")]
pub(crate) use self::{attempts::AttemptSeen, events::Event, run::RunSeen, state::RunState};
pub(crate) use self::{
    attempts::{Attempts, Beats, Executing},
    blocking::Blocking,
    events::{Events, Happened},
    handlers::Opened,
    run::{Known, Run},
    state::{Activation, Completion, Left, NON_DETERMINISM, TaskFailure},
    worker::{About, Command, Commands, Jobs, Registration, Worker, polled},
};
use super::stuck::{Settings, Watcher};
use crate::{
    clock,
    commit::{Ask, CommitCounts, Fate, Holding, Memory, Reply, Signals, Task, Tasks},
    trace::FailureMessages,
};

/// The number of task queues for which it is known that a worker ended. A process has few.
const MOST_ENDED: usize = 1000;

/// What runs in this process.
#[derive(Default)]
pub(crate) struct Registry {
    workers: Mutex<Vec<Arc<Worker>>>,
    /// The namespaces and task queues of workers that ended.
    ended: Mutex<BTreeSet<(Box<str>, Box<str>)>>,
    watched: OnceLock<Arc<Watched>>,
    /// Runs as long as there are workers.
    watcher: Mutex<Option<Watcher>>,
    /// The workflow tasks that gRPC layers saw, and nobody answered yet.
    tasks: Tasks,
    /// What holds signals until tasks are accepted, if anything does.
    holding: OnceLock<Arc<Holding>>,
    /// What runs have emitted that left the cache, and may execute it anew.
    memory: Arc<Memory>,
}

/// Numbers of runs and attempts: one sequence per process, since the threads that poll runs are
/// shared.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// The records that introspection reads.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) attempts: Attempts,
    pub(crate) events: Events,
    messages: FailureMessages,
}

impl Registry {
    /// Begins to keep events and attempts, if that has not begun yet.
    pub(crate) fn watch(&self, messages: FailureMessages) -> Arc<Watched> {
        let made = || Watched {
            messages,
            ..Watched::default()
        };
        self.watched.get_or_init(|| Arc::new(made())).clone()
    }

    /// Returns the records that introspection reads, if it is on.
    #[inline]
    pub(crate) fn watched(&self) -> Option<&Arc<Watched>> {
        self.watched.get().filter(|_| cfg!(feature = "introspect"))
    }

    /// Registers a worker that is about to run, unless another registration has done so.
    pub(crate) fn register(
        self: &Arc<Self>,
        registration: &Registration,
        instance: &str,
        about: About,
        stuck: &Arc<Settings>,
        is_replayer: bool,
    ) -> Option<Arc<Worker>> {
        let mut workers = self.workers.lock();
        if workers.iter().any(|worker| &*worker.instance == instance) {
            return None;
        }
        let worker = Arc::new(Worker {
            registry: self.clone(),
            registration: registration.clone(),
            instance: instance.into(),
            about,
            started: clock::wall(),
            is_replayer,
            stuck: stuck.clone(),
            namespace: OnceLock::new(),
            runs: Table::default(),
        });
        workers.push(worker.clone());
        if !is_replayer {
            let mut watcher = self.watcher.lock();
            if watcher.is_none() {
                *watcher = Watcher::start(self, stuck);
            }
        }
        Some(worker)
    }

    /// Returns the polling workers, in the order in which they started.
    pub(crate) fn list_workers(&self) -> Vec<Arc<Worker>> {
        let workers = self.workers.lock();
        let polling = workers.iter().filter(|worker| !worker.is_replayer);
        polling.cloned().collect()
    }

    /// Returns the workflow tasks that are out, as far as gRPC layers see them.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Begins to hold signals until tasks are accepted.
    pub(crate) fn hold(&self, holding: Arc<Holding>) {
        self.holding.get_or_init(|| holding);
    }

    /// Returns what holds signals until tasks are accepted, if anything does.
    pub(crate) fn holding(&self) -> Option<&Arc<Holding>> {
        self.holding.get()
    }

    /// Returns the fate of signals so far.
    pub(crate) fn commits(&self) -> CommitCounts {
        let counts = self.holding().map(|holding| holding.counts());
        let counts = counts.unwrap_or_default();
        CommitCounts {
            repeated: self.memory.repeated(),
            maybe_repeated: self.memory.maybe_repeated(),
            panics: counts.panics + self.memory.panics(),
            ..counts
        }
    }

    /// Returns the running worker with this key.
    fn worker(&self, instance: &str) -> Option<Arc<Worker>> {
        let workers = self.workers.lock();
        let mut workers = workers.iter();
        workers
            .find(|worker| *worker.instance == *instance)
            .cloned()
    }

    /// Takes out what a run that a worker loads has emitted: before it left the cache, or in that of
    /// another worker.
    fn emitted(&self, run_id: &str, loading: &Worker) -> Option<Box<Signals>> {
        let workers = self.workers.lock();
        let others = workers
            .iter()
            .filter(|worker| !worker.is_replayer && worker.instance != loading.instance);
        let others: Vec<_> = others.cloned().collect();
        drop(workers);
        let cached = others
            .iter()
            .filter_map(|worker| worker.cached(run_id)?.ledger().copy());
        let left = self.memory.take(run_id).into_iter();
        left.chain(cached).max_by_key(|known| known.reach())
    }

    /// Notes a workflow task that was handed out.
    pub(crate) fn handed(&self, task: Task) {
        if self.holding().is_some() {
            let workers = self.workers.lock().clone();
            let runs = workers
                .iter()
                .filter_map(|worker| worker.cached(&task.run_id));
            runs.for_each(|run| run.ledger().handed(task.previous, task.follows));
        }
        self.tasks.note(task);
    }

    /// Settles a workflow task by the server's reply to its completion. `cause` says why it failed,
    /// if that is its own fault; `is_next_known` whether its next task is; `ask` asks history.
    pub(crate) fn answered(
        &self,
        instance: &str,
        task: &Task,
        reply: Reply,
        cause: Option<&str>,
        is_next_known: bool,
        ask: Option<Ask>,
    ) {
        let run = self.worker(instance);
        let run = run.and_then(|worker| worker.cached(&task.run_id));
        let was_in_doubt = run.as_ref().is_some_and(|run| run.ledger().is_in_doubt());
        let fate = Fate::of(reply, was_in_doubt);
        if !matches!(fate, Fate::Open | Fate::InDoubt) {
            self.tasks.answered(&task.token);
        }
        if let Some(run) = run {
            let kept_from = (!is_next_known).then_some(task.started);
            run.answered(fate);
            if let Reply::Took { results, .. } = reply {
                run.ledger().recorded(results);
            }
            run.ledger()
                .answered(fate, &task.run_id, cause, kept_from, ask);
        }
    }

    /// Returns the number of records of runs, including those of replayers.
    pub(crate) fn count_runs(&self) -> u64 {
        let workers = self.workers.lock().clone();
        workers.iter().map(|worker| worker.count_runs()).sum()
    }

    /// Returns the namespaces and task queues of workers that ended.
    #[cfg(feature = "prometheus")]
    pub(crate) fn list_ended(&self) -> BTreeSet<(Box<str>, Box<str>)> {
        self.ended.lock().clone()
    }

    fn leave(&self, left: &Arc<Worker>) {
        let mut workers = self.workers.lock();
        workers.retain(|worker| !Arc::ptr_eq(worker, left));
        if workers.iter().all(|worker| worker.is_replayer) {
            drop(self.watcher.lock().take());
        }
        drop(workers);
        let mut ended = self.ended.lock();
        if !left.is_replayer && ended.len() < MOST_ENDED {
            ended.insert((left.namespace().into(), left.about.task_queue.clone()));
        }
    }

    /// Returns a number greater than all before, by which lists are ordered.
    fn number(&self) -> u64 {
        NUMBERS.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Watched {
    /// Returns whether the messages of failures are shown.
    pub(crate) fn shows_messages(&self) -> bool {
        self.messages == FailureMessages::Show
    }
}
