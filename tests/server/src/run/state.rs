//! What follows from a run's history, and from nothing else.
//!
//! [`State::apply`] is a pure function of the state and one event. A state that was kept up while
//! the events came and one that is built from the whole history are equal; undoing a part of a
//! transaction is done by cutting the history and building the state anew.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{nexus::Operation, skip::Skip};
use crate::{
    clock::{Time, span},
    proto::{
        Attributes, HistoryEvent, Payload, Status,
        deployment::WorkerDeploymentVersion,
        enums::{ParentClosePolicy, VersioningBehavior},
        history,
    },
};

/// What a run's history says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// How the run stands.
    pub(crate) status: Status,
    /// When it started and when it closed.
    pub(crate) started_at: Time,
    pub(crate) closed_at: Option<Time>,
    /// Until when its first workflow task waits, if it waits.
    pub(crate) first_task_at: Option<Time>,
    /// The start of the last workflow task that was completed.
    pub(crate) last_started_id: i64,
    /// How many workflow tasks were completed.
    pub(crate) completed_tasks: u64,
    /// Somebody asked the run to cancel itself.
    pub(crate) cancel_requested: bool,
    /// Timers that run, by id.
    pub(crate) timers: BTreeMap<String, Timer>,
    /// Activities that are not finished, by the event that scheduled them.
    pub(crate) activities: BTreeMap<i64, Activity>,
    /// The same activities by their ids.
    pub(crate) activity_ids: HashMap<String, i64>,
    /// Nexus operations that are not finished, by the event that scheduled them.
    pub(crate) operations: BTreeMap<i64, Operation>,
    /// Children that are not closed, by the event that initiated them.
    pub(crate) children: BTreeMap<i64, Child>,
    /// Signals to other runs without an answer yet, by the event that initiated them.
    pub(crate) signals_out: BTreeSet<i64>,
    /// Requests to cancel other runs without an answer yet.
    pub(crate) cancels_out: BTreeSet<i64>,
    /// Request ids of signals that arrived.
    pub(crate) signal_requests: HashSet<String>,
    /// Request ids that were attached to the run after its start, with their events.
    pub(crate) attached_requests: HashMap<String, i64>,
    /// Updates that were accepted, by id.
    pub(crate) updates: BTreeMap<String, Accepted>,
    /// The run's memo.
    pub(crate) memo: BTreeMap<String, Payload>,
    /// The run's search attributes.
    pub(crate) search_attributes: BTreeMap<String, Payload>,
    /// How the run is versioned, and by what its last workflow task was completed.
    pub(crate) version: Option<(VersioningBehavior, WorkerDeploymentVersion)>,
    /// How the run skips time, and what it has skipped.
    pub(crate) skip: Skip,
}

/// A timer that runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Timer {
    pub(crate) started_id: i64,
    pub(crate) fires_at: Time,
}

/// An activity that is not finished.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Activity {
    pub(crate) activity_id: String,
    pub(crate) scheduled_at: Time,
    /// Its start, once history has it.
    pub(crate) started_id: i64,
    /// The event that asked for its cancellation.
    pub(crate) cancel_requested: Option<i64>,
}

/// A child that is not closed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Child {
    pub(crate) workflow_id: String,
    /// Its first run, once it started.
    pub(crate) run_id: Option<String>,
    pub(crate) started_id: i64,
    pub(crate) policy: ParentClosePolicy,
}

/// An update that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) accepted_id: i64,
    pub(crate) completed_id: Option<i64>,
}

impl State {
    /// The state after the events.
    pub(crate) fn replay(history: &[HistoryEvent]) -> Self {
        let mut state = Self::default();
        for event in history {
            state.apply(event);
        }
        state
    }

    /// Whether the run is open.
    pub(crate) fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// Takes one more event in.
    pub(crate) fn apply(&mut self, event: &HistoryEvent) {
        let Some(attributes) = &event.attributes else {
            return;
        };
        let at = event
            .event_time
            .as_ref()
            .map(Time::from)
            .unwrap_or_default();
        self.apply_run(event.event_id, at, attributes);
        self.apply_task(attributes);
        self.apply_activity(event.event_id, at, attributes);
        self.apply_operation(event.event_id, at, attributes);
        self.apply_timer(event.event_id, at, attributes);
        self.apply_child(event.event_id, attributes);
        self.apply_external(event.event_id, attributes);
        self.apply_update(event.event_id, attributes);
        self.apply_properties(attributes);
        self.skip.apply(at, attributes);
    }

    fn apply_run(&mut self, id: i64, at: Time, attributes: &Attributes) {
        let status = match attributes {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => {
                self.started_at = at;
                let backoff = span(started.first_workflow_task_backoff.as_ref());
                self.first_task_at = (!backoff.is_zero()).then(|| at.after(backoff));
                self.status = Status::Running;
                let pinned = started.inherited_pinned_version.clone();
                self.version = pinned.map(|version| (VersioningBehavior::Pinned, version));
                return;
            }
            Attributes::WorkflowExecutionCancelRequestedEventAttributes(_) => {
                self.cancel_requested = true;
                return;
            }
            Attributes::WorkflowExecutionSignaledEventAttributes(signal) => {
                if !signal.request_id.is_empty() {
                    self.signal_requests.insert(signal.request_id.clone());
                }
                return;
            }
            Attributes::WorkflowExecutionOptionsUpdatedEventAttributes(options) => {
                self.apply_options(id, options);
                return;
            }
            Attributes::WorkflowExecutionCompletedEventAttributes(_) => Status::Completed,
            Attributes::WorkflowExecutionFailedEventAttributes(_) => Status::Failed,
            Attributes::WorkflowExecutionTimedOutEventAttributes(_) => Status::TimedOut,
            Attributes::WorkflowExecutionCanceledEventAttributes(_) => Status::Canceled,
            Attributes::WorkflowExecutionTerminatedEventAttributes(_) => Status::Terminated,
            Attributes::WorkflowExecutionContinuedAsNewEventAttributes(_) => Status::ContinuedAsNew,
            _ => return,
        };
        self.status = status;
        self.closed_at = Some(at);
    }

    fn apply_options(
        &mut self,
        id: i64,
        options: &history::WorkflowExecutionOptionsUpdatedEventAttributes,
    ) {
        if !options.attached_request_id.is_empty() {
            let request = options.attached_request_id.clone();
            self.attached_requests.insert(request, id);
        }
    }

    fn apply_task(&mut self, attributes: &Attributes) {
        match attributes {
            Attributes::WorkflowTaskScheduledEventAttributes(_) => self.first_task_at = None,
            Attributes::WorkflowTaskCompletedEventAttributes(completed) => {
                self.last_started_id = completed.started_event_id;
                self.completed_tasks += 1;
                let version = completed.deployment_version.clone();
                self.version = version.map(|version| (completed.versioning_behavior(), version));
            }
            _ => {}
        }
    }

    fn apply_timer(&mut self, id: i64, at: Time, attributes: &Attributes) {
        match attributes {
            Attributes::TimerStartedEventAttributes(timer) => {
                let fires_at = at.after(span(timer.start_to_fire_timeout.as_ref()));
                let started_id = id;
                let timer_id = timer.timer_id.clone();
                let timer = Timer {
                    started_id,
                    fires_at,
                };
                self.timers.insert(timer_id, timer);
            }
            Attributes::TimerFiredEventAttributes(timer) => {
                self.timers.remove(&timer.timer_id);
            }
            Attributes::TimerCanceledEventAttributes(timer) => {
                self.timers.remove(&timer.timer_id);
            }
            _ => {}
        }
    }

    fn apply_properties(&mut self, attributes: &Attributes) {
        let (memo, search_attributes) = match attributes {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => {
                (started.memo.as_ref(), started.search_attributes.as_ref())
            }
            Attributes::UpsertWorkflowSearchAttributesEventAttributes(upsert) => {
                (None, upsert.search_attributes.as_ref())
            }
            Attributes::WorkflowPropertiesModifiedEventAttributes(modified) => {
                (modified.upserted_memo.as_ref(), None)
            }
            _ => return,
        };
        if let Some(memo) = memo {
            upsert(&mut self.memo, &memo.fields);
        }
        if let Some(attributes) = search_attributes {
            upsert(&mut self.search_attributes, &attributes.indexed_fields);
        }
    }
}

/// Whether a payload stands for nothing, which removes the key that it is upserted under.
fn is_null(payload: &Payload) -> bool {
    let encoding = payload.metadata.get("encoding").map(Vec::as_slice);
    let empty = matches!(payload.data.as_slice(), b"" | b"null" | b"[]");
    encoding == Some(b"binary/null") || empty
}

fn upsert(into: &mut BTreeMap<String, Payload>, fields: &HashMap<String, Payload>) {
    for (key, value) in fields {
        if is_null(value) {
            into.remove(key);
        } else {
            into.insert(key.clone(), value.clone());
        }
    }
}
