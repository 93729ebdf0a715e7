//! What the histories on the server say that the metrics must be.

use std::collections::{BTreeMap, HashMap};

use temporalio_client::Client;
use temporalio_common::protos::temporal::api::{
    history::v1::{HistoryEvent, history_event::Attributes},
    update::v1::outcome::Value,
};

use crate::scenarios::{Runs, all_events};

/// How often each thing happened: `name{type,…}` by count.
pub type Counted = BTreeMap<String, u64>;

/// Reads the histories of the runs, of their children and of what they continued as, and counts
/// what happened in them.
pub async fn count(client: &Client, runs: Runs) -> Counted {
    let mut counted = Counted::new();
    for events in all_events(client, runs).await {
        Run::default().read(&events, &mut counted);
    }
    counted
}

/// What has to be remembered of a run's former events.
#[derive(Default)]
struct Run {
    workflow_type: String,
    activity_types: HashMap<i64, String>,
    update_names: HashMap<String, String>,
}

impl Run {
    /// Counts a run's events.
    fn read(mut self, events: &[HistoryEvent], counted: &mut Counted) {
        for event in events {
            let attributes = event.attributes.as_ref();
            if let Some(key) = attributes.and_then(|known| self.key(event.event_id, known)) {
                *counted.entry(key).or_default() += 1;
            }
        }
    }

    /// Says what an event counts as, if it counts.
    fn key(&mut self, event_id: i64, attributes: &Attributes) -> Option<String> {
        use Attributes::*;

        let closed = |run: &Self, how: &str| Some(format!("workflow {} {how}", run.workflow_type));
        let activity = |run: &Self, scheduled: i64, how: &str| {
            Some(format!("activity {} {how}", run.activity_types[&scheduled]))
        };
        match attributes {
            WorkflowExecutionStartedEventAttributes(started) => {
                self.workflow_type = started.workflow_type.clone()?.name;
                None
            }
            WorkflowTaskCompletedEventAttributes(_) => Some(format!("task {}", self.workflow_type)),
            WorkflowExecutionCompletedEventAttributes(_) => closed(self, "completed"),
            WorkflowExecutionFailedEventAttributes(_) => closed(self, "failed"),
            WorkflowExecutionCanceledEventAttributes(_) => closed(self, "cancelled"),
            WorkflowExecutionContinuedAsNewEventAttributes(_) => closed(self, "continued_as_new"),
            WorkflowExecutionSignaledEventAttributes(signal) => Some(format!(
                "signal {} {}",
                self.workflow_type, signal.signal_name
            )),
            WorkflowExecutionUpdateAcceptedEventAttributes(accepted) => {
                let name = accepted.accepted_request.clone()?.input?.name;
                self.update_names
                    .insert(accepted.protocol_instance_id.clone(), name);
                None
            }
            WorkflowExecutionUpdateCompletedEventAttributes(completed) => {
                let name = &self.update_names[&completed.meta.as_ref()?.update_id];
                let how = match completed.outcome.as_ref()?.value.as_ref()? {
                    Value::Success(_) => "completed",
                    Value::Failure(_) => "failed",
                };
                Some(format!("update {} {name} {how}", self.workflow_type))
            }
            ActivityTaskScheduledEventAttributes(scheduled) => {
                let name = scheduled.activity_type.clone()?.name;
                self.activity_types.insert(event_id, name);
                None
            }
            ActivityTaskCompletedEventAttributes(done) => {
                activity(self, done.scheduled_event_id, "completed")
            }
            ActivityTaskFailedEventAttributes(done) => {
                activity(self, done.scheduled_event_id, "failed for good")
            }
            ActivityTaskCanceledEventAttributes(done) => {
                activity(self, done.scheduled_event_id, "cancelled")
            }
            _ => None,
        }
    }
}
