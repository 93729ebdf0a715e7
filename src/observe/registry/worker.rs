//! A running worker: its options and its runs.

use std::{
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use super::{
    Happened, Registry,
    growing::Received,
    overdue::watched,
    run::{Run, RunSeen},
    state::{Activation, Completion, NON_DETERMINISM, TaskFailure},
    table::Table,
};
use crate::{
    commit::{Answers, Opening, Reached},
    execution::{Fields, WaitChange},
    observe::stuck::Settings,
};

/// The data of a worker from its options.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) task_queue: Box<str>,
    pub(crate) deployment_name: Box<str>,
    pub(crate) build_id: Box<str>,
    pub(crate) identity: Option<Box<str>>,
}

/// Tells the hooks of one registration from those of another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registration(Arc<()>);

/// A running worker, or a replayer's.
pub(crate) struct Worker {
    pub(super) registry: Arc<Registry>,
    pub(super) registration: Registration,
    pub(crate) instance: Box<str>,
    pub(crate) about: About,
    pub(crate) started: SystemTime,
    /// A replayer works on the past, so nothing about it is reported.
    pub(super) is_replayer: bool,
    pub(super) stuck: Arc<Settings>,
    pub(super) namespace: OnceLock<Box<str>>,
    pub(super) runs: Table,
}

tokio::task_local! {
    /// The worker that is being polled: the interceptor's hooks don't say which one it is.
    static POLLED: Arc<Worker>;
}

/// What an activation brings a run.
#[derive(Default)]
pub(crate) struct Jobs<'a> {
    /// Updates whose protocol instance has an id of its own, and that.
    pub(crate) updates: Vec<(Box<str>, Box<str>)>,
    pub(crate) received: Received,
    pub(crate) patches: Vec<&'a str>,
    /// The number of results of local activities.
    pub(crate) results: u32,
    /// Whether there is nothing else.
    pub(crate) are_results: bool,
    /// Whether there is nothing but updates.
    pub(crate) are_updates: bool,
}

/// A command's kind, and the size of its payloads in bytes.
pub(crate) type Command = (&'static str, usize);

/// The commands of a completion, read as far as somebody wants to know.
pub(crate) trait Commands {
    /// Returns those that carry payloads.
    fn payloads(&self) -> impl Iterator<Item = Command>;
    /// Returns what they begin and end.
    fn waits(&self) -> impl Iterator<Item = WaitChange>;
    /// Returns their kinds.
    fn kinds(&self) -> impl Iterator<Item = &'static str>;
    /// Returns the patches that they mark.
    fn patches(&self) -> impl Iterator<Item = &str>;
    /// Returns the SDK's answers: an end that it could not convert or encode is a failure by now.
    fn answers(&self) -> Answers;
}

impl Registration {
    /// Returns the worker that is being polled, if this registration observes it.
    pub(crate) fn polled(&self) -> Option<Arc<Worker>> {
        let own = |worker: &Arc<Worker>| Arc::ptr_eq(&worker.registration.0, &self.0);
        polled().filter(own)
    }
}

/// Returns the worker that is being polled.
pub(crate) fn polled() -> Option<Arc<Worker>> {
    POLLED.try_with(Clone::clone).ok()
}

impl Worker {
    /// Runs the worker, which is registered until the future ends.
    pub(crate) async fn run<T>(self: Arc<Self>, running: impl Future<Output = T>) -> T {
        let _registered = Registered(self.clone());
        let _watched = watched(&self);
        POLLED.scope(self, running).await
    }

    /// Returns the namespace, or empty text if it is not known.
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.get().map_or("", |namespace| namespace)
    }

    /// Notes the worker's namespace.
    pub(crate) fn works_in(&self, namespace: &str) {
        self.namespace.get_or_init(|| namespace.into());
    }

    /// Returns whether introspection shows the messages of failures.
    pub(crate) fn shows_messages(&self) -> bool {
        let watched = self.registry.watched();
        watched.is_some_and(|watched| watched.shows_messages())
    }

    /// Returns a run in the worker's cache.
    pub(crate) fn cached(&self, run_id: &str) -> Option<Arc<Run>> {
        self.runs.get(run_id)
    }

    /// Returns whether the code of a run in the cache is not observed.
    pub(crate) fn is_stranger_to(&self, run_id: &str) -> bool {
        self.cached(run_id).is_some_and(|run| run.known().is_none())
    }

    /// Notes that an activation is handed to a run; `first` returns the fields of a new one.
    pub(crate) fn activated(
        &self,
        run_id: &str,
        mut activation: Activation,
        jobs: Jobs<'_>,
        first: Option<impl FnOnce() -> Fields>,
        waits: impl Iterator<Item = WaitChange>,
    ) {
        let is_loaded = first.is_some();
        let run = match (self.runs.get(run_id), first) {
            // A run that was evicted after a failure keeps its record.
            (Some(run), _) => run,
            (None, Some(first)) => {
                let first = self.registry.watched().map(|_| Arc::new(first()));
                let memory = &self.registry.memory;
                let run = || Run::new(self.registry.number(), first, self.holds().cloned(), memory);
                self.runs.get_or_insert(run_id, run)
            }
            // It was cached before this worker was registered.
            (None, None) => return,
        };
        let (now, task) = self.judge(run_id, &mut activation);
        if is_loaded {
            let (_, previous) = task;
            let emitted = (!self.is_replayer).then(|| self.registry.emitted(run_id, self));
            run.ledger().load(emitted.flatten(), previous);
        }
        run.ledger().opens(Opening {
            now,
            task,
            reached: activation.advances.then(|| Reached {
                event: activation.history_length.into(),
                is_ahead: activation.is_ahead,
                follows: activation.follows,
                may_repeat: activation.may_repeat,
                are_updates: jobs.are_updates,
            }),
            results: jobs.results,
            are_results: jobs.are_results,
        });
        run.waits().change(activation.time, waits);
        let mut state = run.state();
        for patch in jobs.patches {
            state.patched(patch);
        }
        state.growing.receives(jobs.received);
        state.activated(activation, jobs.updates);
    }

    /// Settles an activation that is done: releases its code's ends, and reports the steps that
    /// followed.
    pub(crate) fn completed(&self, run_id: &str, completion: Completion, commands: &impl Commands) {
        let run = match (&completion.failed, self.runs.get(run_id)) {
            (_, Some(run)) => run,
            // A task that could not be read has no activation.
            (Some(_), None) => {
                let unread = || {
                    let about = Some(self.unread(run_id));
                    Run::new(self.registry.number(), about, None, &self.registry.memory)
                };
                self.runs.get_or_insert(run_id, unread)
            }
            (None, None) => return,
        };
        match &completion.failed {
            Some(failure) => {
                run.ledger().discard();
                run.ledger().failed(run_id, failure.cause);
            }
            None if run.ledger().is_empty() => {}
            None => run.ledger().settle(&commands.answers()),
        }
        if completion.leaves {
            run.ledger().leaves();
        }
        let failed = completion.failed.is_some();
        let stays = !failed && !completion.ends_run;
        let mut state = run.state();
        commands.patches().for_each(|patch| state.patched(patch));
        state.commanded(commands.kinds());
        let (activation, steps) = state.completed(completion);
        drop(state);
        let time = activation.and_then(|now| now.time);
        let waits = run.waits().change(time, commands.waits());
        if let Some(now) = activation.filter(|now| stays && now.advances) {
            self.grows(&run, now, waits);
        }
        self.report(run_id, &run, steps);
        let replayed = activation.is_none_or(|now| now.is_replay && now.advances);
        if !failed && activation.is_some_and(|now| !now.is_replay && now.advances) {
            self.succeeds(&run);
        }
        if !failed
            && !replayed
            && let Some(series) = self.series(&run)
        {
            let commands: Vec<_> = commands.payloads().collect();
            // What answers a query belongs to no task.
            let advances = activation.is_some_and(|now| now.advances);
            let is_new = || !advances || run.ledger().is_new(&commands);
            if !commands.is_empty() && is_new() {
                let series = series.clone();
                run.ledger().count(move || {
                    for (kind, bytes) in commands {
                        series.command(kind, bytes);
                    }
                });
            }
        }
    }

    /// Notes that a run leaves the cache. If that is how the core reports a failed task, it is a
    /// failure.
    pub(crate) fn evicted(
        &self,
        run_id: &str,
        reason: &'static str,
        is_end: bool,
        failure: Option<TaskFailure>,
    ) {
        let Some(run) = self.runs.get(run_id) else {
            return;
        };
        let is_own_fault = failure
            .as_ref()
            .filter(|failure| failure.cause == NON_DETERMINISM);
        self.unload(
            run_id,
            &run,
            is_own_fault.map(|failure| failure.cause),
            is_end,
        );
        let (has_failed, steps) = run.state().evicted(reason, failure);
        self.report(run_id, &run, steps);
        if !is_end {
            self.note(run_id, &run, || Happened::Evicted { reason });
        }
        run.waits().clear();
        // Of evicted runs, only those that are stuck are of interest.
        if is_end || !has_failed || self.is_replayer {
            self.runs.remove(run_id);
        } else {
            self.runs.remember(run_id);
        }
    }

    /// Returns snapshots of the worker's runs, in no order.
    pub(crate) fn list_runs(&self) -> Vec<RunSeen> {
        let runs = self.runs.list().into_iter();
        runs.filter_map(|run| run.seen()).collect()
    }

    /// Returns the number of runs that the worker has a record of.
    pub(crate) fn count_runs(&self) -> u64 {
        self.runs.count()
    }

    /// Ends what a run holds that leaves the cache, and keeps what an attempt may emit again.
    fn unload(&self, run_id: &str, run: &Run, cause: Option<&str>, is_end: bool) {
        let signals = run.ledger().evicted(run_id, cause);
        if let Some(signals) = signals.filter(|_| !is_end && !self.is_replayer) {
            self.registry.memory.keep(run_id, signals);
        }
    }
}

/// Takes a worker out of the registry when it is dropped.
struct Registered(Arc<Worker>);

impl Drop for Registered {
    fn drop(&mut self) {
        self.0.registry.leave(&self.0);
        // The held entries may hold their run.
        self.0.runs.each(|run_id, run| {
            self.0.unload(run_id, run, None, false);
            drop(run.failing().take());
        });
    }
}
