//! The workflow tasks that were handed out and not answered yet.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;

use super::truth::{Handed, is_ahead, is_past};

/// The most tasks that are known at a time. A worker has a hundred at once, by default.
const MOST: usize = 10_000;

/// The most workflow tasks of one run: one that is out, and one that comes after it.
const OF_A_RUN: usize = 2;

/// The most queries of one run, which never displace its workflow tasks.
const QUERIES: usize = 1_000;

/// A workflow task, as the server handed it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) token: Arc<[u8]>,
    /// The key of the worker that it was handed to, if that is known.
    pub(crate) instance: Box<str>,
    pub(crate) workflow_id: Box<str>,
    pub(crate) run_id: Arc<str>,
    /// The id of the event that started the last completed task of the run; 0 if there is none.
    pub(crate) previous: i64,
    /// The id of the event that started this task; 0 if it only asks a query.
    pub(crate) started: i64,
    pub(crate) attempt: u32,
    /// When it was started, in seconds and nanoseconds: no other task of the run has this time.
    pub(crate) at: (i64, i32),
    /// Whether no command left an event since the last completed task.
    pub(crate) is_quiet: bool,
    /// Whether it was scheduled at once when the last completed task was, so that the core executes both
    /// as one if no command was left before.
    pub(crate) follows: bool,
    /// Whether it brings updates.
    pub(crate) has_messages: bool,
    /// Whether its run is closed, as far as its history says that; only of one that asks a query.
    pub(crate) is_closed: Option<bool>,
}

impl Task {
    /// Returns whether it only asks a query.
    fn asks(&self) -> bool {
        self.started == 0
    }
}

/// What is known of the task whose activation a run is handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Out {
    /// Whether the activation executes what the server has accepted.
    pub(crate) is_past: bool,
    /// Whether it executes what a later task will.
    pub(crate) is_ahead: bool,
    /// The attempt and the logical task, if it is out.
    pub(crate) task: Option<(u32, i64)>,
    /// Whether that task brings updates.
    pub(crate) has_messages: bool,
    /// Whether it was scheduled at once when the last completed task was, if the activation reaches it.
    pub(crate) follows: Option<bool>,
}

/// The tasks that gRPC layers have seen: by token and by run.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    tasks: HashMap<Arc<[u8]>, Arc<Task>>,
    runs: HashMap<Arc<str>, Vec<Arc<Task>>>,
    /// In the order in which they came, with those that were answered meanwhile.
    came: VecDeque<Arc<[u8]>>,
}

impl Tasks {
    /// Notes a task that was handed out. Layers inside each other see the same one.
    pub(crate) fn note(&self, task: Task) {
        let mut known = self.0.lock();
        let token = task.token.clone();
        let task = Arc::new(task);
        if known.tasks.insert(token.clone(), task.clone()).is_some() {
            return;
        }
        known.came.push_back(token);
        let of_run = known.runs.entry(task.run_id.clone()).or_default();
        let asks = task.asks();
        let most = if asks { QUERIES } else { OF_A_RUN };
        of_run.push(task);
        let mut alike = of_run.iter().filter(|task| task.asks() == asks);
        if alike.clone().count() > most
            && let Some(oldest) = alike.next().cloned()
        {
            known.forget(&oldest.token);
        }
        known.bound();
    }

    /// Returns a task that was handed out and not answered yet.
    pub(crate) fn get(&self, token: &[u8]) -> Option<Arc<Task>> {
        self.0.lock().tasks.get(token).cloned()
    }

    /// Forgets a task that was answered.
    pub(crate) fn answered(&self, token: &[u8]) {
        self.0.lock().forget(token);
    }

    /// Returns what is known of the task whose activation reaches this event, and that a worker
    /// executes, if any task of the run is known. A run of which that is not known may count as closed.
    pub(crate) fn out(
        &self,
        run_id: &str,
        reached: i64,
        instance: &str,
        counts_as_closed: bool,
    ) -> Option<Out> {
        let known = self.0.lock();
        let all = known.runs.get(run_id)?;
        // Another worker may be asked about a run while this one executes its task.
        let is_mine = |task: &&Arc<Task>| task.instance.is_empty() || *task.instance == *instance;
        let tasks = all.iter().filter(is_mine);
        let handed = tasks.clone().map(|task| Handed {
            previous: task.previous,
            started: task.started,
            is_closed: task.is_closed.unwrap_or(counts_as_closed),
        });
        let is_completed = all.iter().any(|task| reached <= task.previous);
        let its_own = |task: &&Arc<Task>| task.started == reached;
        // Attempts after the first may share the id of their event.
        let own = tasks.clone().rev().find(&its_own);
        let own = own.or_else(|| tasks.clone().find(|task| !task.asks()));
        let is_past = is_completed || is_past(reached, handed.clone());
        let is_ahead = !is_past && is_ahead(reached, handed);
        // A query brings the history that the activation reaches, if it is ahead.
        let asks = tasks.clone().rev().find(|task| task.asks());
        let brings = asks.filter(|_| is_ahead).or(own.filter(its_own));
        Some(Out {
            is_past,
            is_ahead,
            task: own.map(|task| (task.attempt, task.previous)),
            has_messages: own.is_some_and(|task| task.has_messages),
            follows: brings.map(|task| task.follows),
        })
    }
}

impl Known {
    fn forget(&mut self, token: &[u8]) {
        let Some(task) = self.tasks.remove(token) else {
            return;
        };
        if let Some(of_run) = self.runs.get_mut(&*task.run_id) {
            of_run.retain(|known| known.token != task.token);
            if of_run.is_empty() {
                self.runs.remove(&*task.run_id);
            }
        }
    }

    /// Forgets the oldest tasks beyond the limit.
    fn bound(&mut self) {
        while self.tasks.len() > MOST
            && let Some(oldest) = self.came.pop_front()
        {
            self.forget(&oldest);
        }
        if self.came.len() > 2 * MOST {
            let tasks = &self.tasks;
            self.came.retain(|token| tasks.contains_key(token));
        }
    }
}
