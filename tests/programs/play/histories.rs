//! The histories of a program's runs.

use temporalio_client::{
    Client, NamespacedClient as _, UntypedWorkflowHandle, WorkflowExecutionInfo,
    WorkflowFetchHistoryOptions, WorkflowGetResultOptions, tonic::Request,
};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::EventType,
    history::v1::{HistoryEvent, history_event::Attributes},
    workflowservice::v1::ResetWorkflowExecutionRequest,
};

/// Fetches the histories of runs, of their children, and of what they went on as.
pub async fn histories(
    client: &Client,
    mut open: Vec<(String, String)>,
    they_end: bool,
) -> Vec<(String, Vec<HistoryEvent>)> {
    let mut all = Vec::<(String, Vec<HistoryEvent>)>::new();
    while let Some((id, run)) = open.pop() {
        if all.iter().any(|(known, _)| *known == run) {
            continue;
        }
        if they_end {
            ends(client, &id, &run).await;
        }
        let events = history(client, &id, Some(&run)).await;
        open.extend(events.iter().filter_map(|event| led_to(&id, event)));
        all.push((run, events));
    }
    all
}

/// Waits until a run has ended: a child may outlive its parent.
async fn ends(client: &Client, id: &str, run: &str) {
    let info = WorkflowExecutionInfo::builder()
        .namespace(client.namespace())
        .workflow_id(id)
        .run_id(run)
        .build();
    let handle = UntypedWorkflowHandle::<Client>::new(client.clone(), info);
    let options = WorkflowGetResultOptions::builder()
        .follow_runs(false)
        .build();
    drop(handle.get_result(options).await);
}

/// The run that an event led to.
fn led_to(id: &str, event: &HistoryEvent) -> Option<(String, String)> {
    use Attributes as A;
    let next = match event.attributes.as_ref()? {
        A::ChildWorkflowExecutionStartedEventAttributes(started) => {
            let child = started.workflow_execution.clone()?;
            return Some((child.workflow_id, child.run_id));
        }
        A::WorkflowExecutionContinuedAsNewEventAttributes(next) => &next.new_execution_run_id,
        A::WorkflowExecutionFailedEventAttributes(failed) => &failed.new_execution_run_id,
        A::WorkflowExecutionTimedOutEventAttributes(late) => &late.new_execution_run_id,
        _ => return None,
    };
    (!next.is_empty()).then(|| (id.to_owned(), next.clone()))
}

/// The events of a run, or of the last one of its workflow.
pub async fn history(client: &Client, id: &str, run: Option<&str>) -> Vec<HistoryEvent> {
    let info = WorkflowExecutionInfo::builder()
        .namespace(client.namespace())
        .workflow_id(id)
        .maybe_run_id(run)
        .build();
    let handle = UntypedWorkflowHandle::new(client.clone(), info);
    let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
    history.into_events().await.expect("there is a history")
}

/// Resets the last run of a workflow to one of its tasks, and returns the new run's id.
pub async fn reset(client: &Client, id: &str, task: u32) -> Option<String> {
    let events = history(client, id, None).await;
    let mut completed = events
        .iter()
        .filter(|event| event.event_type() == EventType::WorkflowTaskCompleted)
        .map(|event| event.event_id);
    let event = completed.nth(task as usize)?;
    let request = ResetWorkflowExecutionRequest {
        namespace: client.namespace(),
        workflow_execution: Some(WorkflowExecution {
            workflow_id: id.to_owned(),
            run_id: String::new(),
        }),
        reason: "on purpose".to_owned(),
        workflow_task_finish_event_id: event,
        request_id: uuid::Uuid::new_v4().to_string(),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    // One that has closed meanwhile is reset, too.
    let reset = service.reset_workflow_execution(Request::new(request));
    Some(reset.await.ok()?.into_inner().run_id)
}
