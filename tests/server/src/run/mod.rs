//! A run: its history, the state that follows from it, and the work that is under way.
//!
//! Every method is a step of one transaction at one point in time, `now`, which the store sets
//! from its clock before. A method writes events and leaves [`Effect`]s in the outbox; it knows no
//! other run, no queue, no lock and no clock. [`Run::settle`] ends the transaction.

pub(crate) mod activity;
mod child;
mod close;
mod command;
mod complete;
pub(crate) mod cron;
mod deadline;
mod deliver;
pub(crate) mod describe;
pub(crate) mod effect;
mod event;
mod external;
pub(crate) mod fork;
mod limits;
mod next;
pub(crate) mod nexus;
pub(crate) mod options;
pub(crate) mod priority;
mod properties;
pub(crate) mod query;
pub(crate) mod retry;
pub(crate) mod signal;
pub(crate) mod skip;
pub(crate) mod state;
#[cfg(test)]
mod tests;
pub(crate) mod timeouts;
mod timer;
mod undo;
pub(crate) mod update;
pub(crate) mod worker;
pub(crate) mod workflow_task;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
    time::Duration,
};

use prost::Message;
use tokio::sync::watch;

use self::{
    activity::Attempt, effect::Effect, nexus::Sent, query::Query, state::State, update::Updates,
    workflow_task::TaskLine,
};
pub(crate) use self::{
    command::json,
    complete::Known,
    deliver::HistoryRange,
    event::{Begin, Event},
};
use crate::{
    clock::Time,
    proto::{Attributes, HistoryEvent, common, history},
};

/// An id that nothing else has.
pub(crate) fn fresh_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// One run of a workflow.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) namespace: String,
    pub(crate) workflow_id: String,
    pub(crate) run_id: String,
    pub(crate) request_id: String,
    /// The truth.
    pub(crate) history: Vec<HistoryEvent>,
    pub(crate) history_bytes: usize,
    /// What follows from it.
    pub(crate) state: State,
    /// The workflow task under way.
    pub(crate) tasks: TaskLine,
    /// The activities' attempts under way.
    pub(crate) attempts: BTreeMap<i64, Attempt>,
    /// The requests to handlers of Nexus operations under way.
    pub(crate) requests: BTreeMap<i64, Sent>,
    /// The children that wait idly, by the events that initiated them.
    idle_children: BTreeSet<i64>,
    /// Whether the parent was told that the run waits idly.
    told_idle: bool,
    /// Events that came while a worker had a workflow task.
    buffered: Vec<Event>,
    pub(crate) queries: HashMap<u64, Query>,
    pub(crate) updates: Updates,
    pub(crate) outbox: Vec<Effect>,
    /// The run's time in this transaction.
    pub(crate) now: Time,
    /// Changes with every transaction; long polls wait for it.
    pub(crate) changed: watch::Sender<u64>,
    wants_task: bool,
    last_stamp: u64,
}

impl Run {
    /// A run with its first event; the first workflow task is not scheduled yet.
    ///
    /// `now` is the run's own time: what it inherits of skipped time is in there.
    pub(crate) fn begin(begin: Begin, now: Time) -> Self {
        let mut run = Self {
            run_id: begin.run_id,
            request_id: begin.request_id,
            now,
            ..Self::nothing(begin.namespace, begin.workflow_id)
        };
        let started = Event::new(begin.started).user_metadata(begin.user_metadata);
        run.record(started.links(begin.links));
        run.wants_task = true;
        if let Some(signal) = begin.signal {
            run.deliver_signal(signal);
        }
        run
    }

    /// A run of which nothing is known yet.
    fn nothing(namespace: String, workflow_id: String) -> Self {
        Self {
            namespace,
            workflow_id,
            run_id: String::new(),
            request_id: String::new(),
            history: Vec::new(),
            history_bytes: 0,
            state: State::default(),
            tasks: TaskLine::default(),
            attempts: BTreeMap::new(),
            requests: BTreeMap::new(),
            idle_children: BTreeSet::new(),
            told_idle: false,
            buffered: Vec::new(),
            queries: HashMap::new(),
            updates: Updates::default(),
            outbox: Vec::new(),
            now: Time::default(),
            changed: watch::Sender::new(0),
            wants_task: false,
            last_stamp: 0,
        }
    }

    /// What the run was started with.
    pub(crate) fn started(&self) -> Option<&history::WorkflowExecutionStartedEventAttributes> {
        match self.history.first()?.attributes.as_ref()? {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => Some(started),
            _ => None,
        }
    }

    /// The run's ids.
    pub(crate) fn execution(&self) -> common::WorkflowExecution {
        common::WorkflowExecution {
            workflow_id: self.workflow_id.clone(),
            run_id: self.run_id.clone(),
        }
    }

    /// The run at the root of the tree of children that this one is in.
    pub(crate) fn root(&self) -> common::WorkflowExecution {
        let started = self.started();
        let root = started.and_then(|started| started.root_workflow_execution.clone());
        root.unwrap_or_else(|| self.execution())
    }

    /// The event with an id.
    pub(crate) fn event(&self, id: i64) -> Option<&HistoryEvent> {
        let index = usize::try_from(id.checked_sub(1)?).ok()?;
        self.history.get(index)
    }

    /// The id that the next event gets.
    pub(crate) fn next_event_id(&self) -> i64 {
        i64::try_from(self.history.len()).map_or(i64::MAX, |last| last.saturating_add(1))
    }

    /// Tells tasks apart from those that took their place.
    fn next_stamp(&mut self) -> u64 {
        self.last_stamp += 1;
        self.last_stamp
    }

    /// Writes an event.
    fn record(&mut self, event: Event) -> i64 {
        let id = self.next_event_id();
        let mut attributes = event.attributes;
        self.link_to_start(&mut attributes);
        let event = HistoryEvent {
            event_id: id,
            event_time: Some(event.at.unwrap_or(self.now).proto()),
            event_type: attributes.event_type().into(),
            task_id: id,
            worker_may_ignore: matches!(
                attributes,
                Attributes::WorkflowExecutionTimeSkippingTransitionedEventAttributes(_)
            ),
            user_metadata: event.user_metadata,
            links: event.links,
            attributes: Some(attributes),
            ..Default::default()
        };
        self.history_bytes += event.encoded_len();
        self.state.apply(&event);
        self.history.push(event);
        id
    }

    /// Takes an event that comes from outside: the workflow must be told of it, if it is open.
    fn arrive(&mut self, event: Event) {
        if self.state.is_running() {
            self.take_in(event);
            self.wants_task = true;
        }
    }

    /// Takes an event that comes from outside, which alone is no cause for a workflow task.
    fn take_in(&mut self, event: Event) {
        if self.tasks.is_started() {
            self.write_speculative();
            let now = self.now;
            let at = event.at.unwrap_or(now);
            self.buffered.push(event.at(at));
        } else {
            self.record(event);
        }
    }

    /// Writes what came while a worker had the workflow task: ends behind everything else.
    fn flush(&mut self) {
        let (ends, others): (Vec<_>, Vec<_>) = mem::take(&mut self.buffered)
            .into_iter()
            .partition(Event::ends_something);
        for event in others.into_iter().chain(ends) {
            self.record(event);
        }
    }

    /// Ends a transaction.
    pub(crate) fn settle(&mut self) {
        self.updates.publish();
        if !self.state.is_running() {
            self.wants_task = false;
            return;
        }
        if self.tasks.is_started() {
            return;
        }
        if !self.buffered.is_empty() {
            self.flush();
            self.wants_task = true;
        }
        if mem::take(&mut self.wants_task) && self.state.first_task_at.is_none() {
            self.schedule_task(false);
        }
    }

    /// How long a run may go on by its options, if there is a bound.
    pub(crate) fn expires_at(&self) -> Option<Time> {
        let expiration = self
            .started()?
            .workflow_execution_expiration_time
            .as_ref()?;
        Some(Time::from(expiration))
    }

    /// When the run itself times out.
    pub(crate) fn run_expires_at(&self) -> Option<Time> {
        let started = self.started()?;
        let limit = crate::clock::span(started.workflow_run_timeout.as_ref());
        let backoff = crate::clock::span(started.first_workflow_task_backoff.as_ref());
        let own = (!limit.is_zero()).then(|| self.state.started_at.after(backoff).after(limit));
        match (own, self.expires_at()) {
            (Some(own), Some(whole)) => Some(own.min(whole)),
            (own, whole) => own.or(whole),
        }
    }

    /// The timeout of the run's workflow tasks.
    fn task_timeout(&self) -> Duration {
        let started = self.started();
        started.map_or(Duration::ZERO, |started| {
            crate::clock::span(started.workflow_task_timeout.as_ref())
        })
    }

    /// The name of the run's task queue.
    pub(crate) fn task_queue(&self) -> &str {
        let queue = self
            .started()
            .and_then(|started| started.task_queue.as_ref());
        queue.map_or("", |queue| &queue.name)
    }

    /// The name of the workflow's type.
    pub(crate) fn workflow_type(&self) -> &str {
        let kind = self
            .started()
            .and_then(|started| started.workflow_type.as_ref());
        kind.map_or("", |kind| &kind.name)
    }
}
