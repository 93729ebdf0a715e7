//! All runs of a server, behind its one lock.
//!
//! A call, or the passing of time, is one transaction: one run takes a step, its effects are done
//! to the others, their effects to others again, until nothing is left. Then time may skip.

pub(crate) mod deployments;
mod effects;
pub(crate) mod endpoints;
mod held;
mod lookup;
mod namespaces;
mod polls;
mod reset;
pub(crate) mod schedules;
mod start;
mod time;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::sync::Notify;

pub(crate) use self::{
    held::Holder,
    namespaces::{Namespace, SYSTEM as SYSTEM_ATTRIBUTES},
    start::{StartPolicy, Started},
    time::Lock,
};
use crate::{
    clock::{Clock, Time},
    queue::{Queue, QueueKey, Task},
    run::{Run, effect::Effect},
};

/// How long a workflow task may take by default.
pub(crate) const TASK_TIMEOUT: Duration = Duration::from_secs(10);

/// Which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RunRef(u64);

impl RunRef {
    /// Behind all runs.
    const LAST: Self = Self(u64::MAX);
}

/// How the server treats time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SkipMode {
    /// Runs that ask for it skip on their own.
    #[default]
    PerRun,
    /// All runs skip on their own.
    EveryRun,
    /// One clock for all, which the test service drives.
    Global,
}

/// What a server is started with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) mode: SkipMode,
    pub(crate) retention: Duration,
    pub(crate) least_life: Duration,
    pub(crate) long_poll: Duration,
}

/// Everything that a server knows.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) namespaces: BTreeMap<String, Namespace>,
    pub(crate) schedules: schedules::Schedules,
    pub(crate) endpoints: endpoints::Endpoints,
    pub(crate) deployments: deployments::Deployments,
    runs: BTreeMap<RunRef, Run>,
    by_run_id: HashMap<String, RunRef>,
    /// The newest run of each workflow id.
    current: HashMap<(String, String), RunRef>,
    queues: HashMap<QueueKey, Queue>,
    effects: VecDeque<(RunRef, Effect)>,
    deadlines: BTreeSet<(Time, RunRef)>,
    deadline_of: HashMap<RunRef, Time>,
    /// When closed runs are forgotten.
    graves: BTreeSet<(Time, RunRef)>,
    pub(crate) lock: Lock,
    /// Wakes the loop that waits for the next deadline.
    alarm: Arc<Notify>,
    last_ref: u64,
}

impl Store {
    /// A server with nothing in it but its namespaces.
    pub(crate) fn new(settings: Settings, namespaces: BTreeMap<String, Namespace>) -> Self {
        Self {
            clock: Clock::real(),
            lock: Lock::default(),
            settings,
            namespaces,
            schedules: schedules::Schedules::default(),
            endpoints: endpoints::Endpoints::default(),
            deployments: deployments::Deployments::default(),
            runs: BTreeMap::new(),
            by_run_id: HashMap::new(),
            current: HashMap::new(),
            queues: HashMap::new(),
            effects: VecDeque::new(),
            deadlines: BTreeSet::new(),
            deadline_of: HashMap::new(),
            graves: BTreeSet::new(),
            alarm: Arc::new(Notify::new()),
            last_ref: 0,
        }
    }

    /// Wakes when the next deadline changed.
    pub(crate) fn alarm(&self) -> Arc<Notify> {
        Arc::clone(&self.alarm)
    }

    /// A run.
    pub(crate) fn run(&self, at: RunRef) -> Option<&Run> {
        self.runs.get(&at)
    }

    /// All runs, the oldest first.
    pub(crate) fn runs(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.runs.values()
    }

    /// One transaction that begins with a step of this run.
    pub(crate) fn transact<T>(&mut self, at: RunRef, act: impl FnOnce(&mut Run) -> T) -> Option<T> {
        let out = self.step(at, act);
        self.finish();
        out
    }

    /// One step of one run; what it asks of others is left to do.
    fn step<T>(&mut self, at: RunRef, act: impl FnOnce(&mut Run) -> T) -> Option<T> {
        let clock = self.clock.now();
        let run = self.runs.get_mut(&at)?;
        run.now = run.state.skip.shown(clock);
        let was_running = run.state.is_running();
        let out = act(run);
        run.settle();
        while run.skip() {
            run.fire();
            run.settle();
        }
        run.tell_idle();
        run.changed.send_modify(|version| *version += 1);
        let effects = std::mem::take(&mut run.outbox);
        let closed = was_running && !run.state.is_running();
        let deadline = run
            .next_deadline()
            .map(|due| due.before(run.state.skip.offset));
        self.effects
            .extend(effects.into_iter().map(|effect| (at, effect)));
        if closed {
            let over = clock.after(self.settings.retention);
            if self.graves.is_empty() {
                self.alarm.notify_one();
            }
            self.graves.insert((over, at));
            self.schedules_hear(at);
        }
        self.set_deadline(at, deadline);
        Some(out)
    }

    /// Does what the steps asked for, then skips time if nothing is under way.
    pub(crate) fn finish(&mut self) {
        loop {
            while let Some((at, effect)) = self.effects.pop_front() {
                self.perform(at, effect);
            }
            if !self.skip_globally() {
                return;
            }
        }
    }

    fn set_deadline(&mut self, at: RunRef, deadline: Option<Time>) {
        let first = self.deadlines.first().map(|(at, _)| *at);
        if let Some(old) = self.deadline_of.remove(&at) {
            self.deadlines.remove(&(old, at));
        }
        if let Some(new) = deadline {
            self.deadline_of.insert(at, new);
            self.deadlines.insert((new, at));
        }
        if self.deadlines.first().map(|(at, _)| *at) != first {
            self.alarm.notify_one();
        }
    }

    /// Puts a task into a queue.
    fn offer(&mut self, at: RunRef, name: &str, activity: bool, task: Task) {
        let Some(run) = self.runs.get(&at) else {
            return;
        };
        let key = QueueKey {
            namespace: run.namespace.clone(),
            name: name.to_owned(),
            activity,
        };
        self.queues.entry(key).or_default().push(at, task);
    }

    /// A queue, if anybody ever used it.
    pub(crate) fn queue(&self, key: &QueueKey) -> Option<&Queue> {
        self.queues.get(key)
    }

    /// A queue.
    pub(crate) fn queue_mut(&mut self, key: &QueueKey) -> &mut Queue {
        self.queues.entry(key.clone()).or_default()
    }

    /// Forgets a run before its time.
    pub(crate) fn remove(&mut self, at: RunRef) {
        self.graves.retain(|(_, other)| *other != at);
        self.forget(at);
        self.sweep();
    }

    /// Forgets a run, except its entries in queues.
    fn forget(&mut self, at: RunRef) {
        let Some(run) = self.runs.remove(&at) else {
            return;
        };
        self.by_run_id.remove(&run.run_id);
        let key = (run.namespace, run.workflow_id);
        if self.current.get(&key) == Some(&at) {
            self.current.remove(&key);
        }
        self.set_deadline(at, None);
    }

    /// Lets go of what queues hold of runs that are gone, and of queues that nobody uses.
    fn sweep(&mut self) {
        let (now, runs) = (self.clock.now(), &self.runs);
        self.queues
            .retain(|_, queue| queue.sweep(now, |at| runs.contains_key(&at)));
    }
}
