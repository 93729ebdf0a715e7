//! The histories that a scenario leaves behind.

use std::collections::BTreeSet;

use temporalio_client::{
    Client, NamespacedClient as _, UntypedWorkflowHandle, WorkflowExecutionInfo,
    WorkflowFetchHistoryOptions, WorkflowHistory,
};
use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, history_event::Attributes,
};

use super::Runs;

/// Fetches the history of a run; without a run id, of the latest.
pub fn history(client: &Client, run: &(String, Option<String>)) -> WorkflowHistory {
    let info = WorkflowExecutionInfo::builder()
        .namespace(client.namespace())
        .workflow_id(&run.0)
        .maybe_run_id(run.1.clone())
        .build();
    UntypedWorkflowHandle::new(client.clone(), info)
        .fetch_history(WorkflowFetchHistoryOptions::default())
}

/// Fetches the events of the runs, of their children and of what they continued as: each run once.
pub async fn all_events(client: &Client, runs: Runs) -> Vec<Vec<HistoryEvent>> {
    let mut open: Vec<_> = runs
        .into_iter()
        .filter_map(|(id, run)| Some((id, run?)))
        .collect();
    let (mut seen, mut all) = (BTreeSet::new(), Vec::new());
    while let Some(run) = open.pop() {
        if seen.insert(run.clone()) {
            let (id, run_id) = run;
            let history = history(client, &(id.clone(), Some(run_id)));
            let events = history.into_events().await.unwrap();
            open.extend(events.iter().filter_map(|event| led_to(&id, event)));
            all.push(events);
        }
    }
    all
}

/// The run that an event led to.
fn led_to(workflow_id: &str, event: &HistoryEvent) -> Option<(String, String)> {
    match event.attributes.as_ref()? {
        Attributes::ChildWorkflowExecutionStartedEventAttributes(started) => {
            let child = started.workflow_execution.clone()?;
            Some((child.workflow_id, child.run_id))
        }
        Attributes::WorkflowExecutionContinuedAsNewEventAttributes(next) => {
            Some((workflow_id.to_owned(), next.new_execution_run_id.clone()))
        }
        _ => None,
    }
}
