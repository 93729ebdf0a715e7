//! Task queues: tasks that wait for a poll, and polls that wait for a task.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::sync::Notify;

use crate::{clock::Time, store::RunRef};

/// A sticky queue without a poll for so long has lost its worker.
const WORKER_GONE: Duration = Duration::from_secs(10);

/// So long a worker is shown after its last poll.
pub(crate) const WORKER_FORGOTTEN: Duration = Duration::from_secs(300);

/// Which queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct QueueKey {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) activity: bool,
}

/// Where the requests to the handlers of Nexus operations wait.
pub(crate) fn nexus_queue(namespace: String, name: &str) -> QueueKey {
    QueueKey {
        namespace,
        name: format!("{name}/nexus"),
        activity: false,
    }
}

/// What waits in a queue. A stamp that is not the newest one any more makes a task void.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    Workflow { stamp: u64 },
    Query { id: u64 },
    Activity { scheduled: i64, stamp: u64 },
    Nexus { scheduled: i64, stamp: u64 },
}

/// One queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    tasks: VecDeque<(RunRef, Task)>,
    arrived: Arc<Notify>,
    polls: usize,
    last_poll: Option<Time>,
    /// Not every poll is for every task.
    pub(crate) is_versioned: bool,
    pub(crate) identities: HashMap<String, Time>,
}

impl Queue {
    /// Adds a task and wakes one poll.
    pub(crate) fn push(&mut self, run: RunRef, task: Task) {
        self.tasks.push_back((run, task));
        self.arrived.notify_one();
        if self.is_versioned {
            self.wake_all();
        }
    }

    /// Puts a task back that is for another worker.
    pub(crate) fn put_back(&mut self, run: RunRef, task: Task) {
        self.tasks.push_front((run, task));
    }

    /// Has every poll look again.
    pub(crate) fn wake_all(&self) {
        self.arrived.notify_waiters();
    }

    /// The oldest task.
    pub(crate) fn pop(&mut self) -> Option<(RunRef, Task)> {
        self.tasks.pop_front()
    }

    /// How many tasks wait, void ones too.
    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Tells polls of tasks.
    pub(crate) fn arrivals(&self) -> Arc<Notify> {
        Arc::clone(&self.arrived)
    }

    /// A poll begins.
    pub(crate) fn enter(&mut self, identity: &str, now: Time) {
        self.polls += 1;
        self.last_poll = Some(now);
        if !identity.is_empty() {
            self.identities.insert(identity.to_owned(), now);
        }
    }

    /// A poll ends.
    pub(crate) fn leave(&mut self, now: Time) {
        self.polls = self.polls.saturating_sub(1);
        self.last_poll = Some(now);
    }

    /// Whether a worker has polled recently.
    pub(crate) fn is_served(&self, now: Time) -> bool {
        self.polls > 0 || self.last_poll.is_some_and(|at| now.since(at) < WORKER_GONE)
    }

    /// Whether nobody waits for a task right now.
    pub(crate) fn is_deserted(&self) -> bool {
        self.polls == 0
    }

    /// Lets go of the tasks of runs that are gone, and of workers that came long ago; says whether
    /// anything is left.
    pub(crate) fn sweep(&mut self, now: Time, is_there: impl Fn(RunRef) -> bool) -> bool {
        self.tasks.retain(|(run, _)| is_there(*run));
        self.tasks.shrink_to(2 * self.tasks.len());
        self.identities
            .retain(|_, at| now.since(*at) < WORKER_FORGOTTEN);
        self.polls > 0
            || !self.tasks.is_empty()
            || !self.identities.is_empty()
            || self.is_served(now)
    }

    /// The worker said that it goes: nobody polls any more.
    pub(crate) fn abandon(&mut self) {
        self.last_poll = None;
        self.polls = 0;
        self.arrived.notify_waiters();
    }
}
