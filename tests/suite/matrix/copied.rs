//! The expectations of a program that users copy: it keeps no journal, so its calls are in its row,
//! and its attempts, each the first and the last, in its history.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use temporalio_client::{Client, WorkflowDescribeOptions};
use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, WorkflowExecutionStartedEventAttributes as Started, history_event::Attributes,
};

use super::{journal::Entry, rows::Copied};
use crate::scenarios;

/// Returns the history of the run that the program started.
pub async fn history(client: &Client, copied: &Copied) -> Vec<HistoryEvent> {
    let run = client.get_workflow_handle::<temporalio_common::UntypedWorkflow>(copied.workflow_id);
    let described = run
        .describe(WorkflowDescribeOptions::default())
        .await
        .unwrap();
    let run_id = described.run_id().to_owned();
    let runs = [(copied.workflow_id.to_owned(), Some(run_id))].into();
    scenarios::all_events(client, runs).await.remove(0)
}

/// Returns the journal that the program would have kept.
pub fn journal(copied: &Copied, history: &[HistoryEvent]) -> Vec<Entry> {
    let started = started(history);
    let run_id = &started.original_execution_run_id;
    let run = json!({"entry": "run", "workflow_id": copied.workflow_id, "run_id": run_id});
    let calls = copied.calls.iter().map(|(operation, name)| {
        json!({
            "entry": "call", "operation": operation, "workflow_id": copied.workflow_id,
            "run_id": run_id, "workflow_type": name, "name": name, "end": "completed",
        })
    });
    let entries = [run].into_iter().chain(calls);
    let entries = entries.chain(attempts(started, history));
    entries
        .map(|entry| serde_json::from_value(entry).unwrap())
        .collect()
}

fn attempts(started: &Started, history: &[HistoryEvent]) -> Vec<Value> {
    let mut scheduled = BTreeMap::new();
    let mut attempts = Vec::new();
    for event in history {
        match &event.attributes {
            Some(Attributes::ActivityTaskScheduledEventAttributes(activity)) => {
                scheduled.insert(event.event_id, activity);
            }
            Some(Attributes::ActivityTaskCompletedEventAttributes(completed)) => {
                let activity = scheduled[&completed.scheduled_event_id];
                attempts.push(json!({
                    "entry": "attempt", "run_id": started.original_execution_run_id,
                    "activity_id": activity.activity_id,
                    "activity_type": activity.activity_type.as_ref().unwrap().name,
                    "task_queue": activity.task_queue.as_ref().unwrap().name,
                    "workflow_type": started.workflow_type.as_ref().unwrap().name, "local": false, "attempt": 1,
                    "maximum_attempts": 0, "non_retryable_types": [], "end": "completed",
                }));
            }
            _ => {}
        }
    }
    attempts
}

fn started(history: &[HistoryEvent]) -> &Started {
    let mut events = history.iter().filter_map(|event| event.attributes.as_ref());
    let started = events.find_map(|attributes| match attributes {
        Attributes::WorkflowExecutionStartedEventAttributes(started) => Some(started),
        _ => None,
    });
    started.unwrap()
}
