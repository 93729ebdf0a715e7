//! Whom a call is about: ids out of its encoded request, and nothing else of it.

use super::{message, wire};
use crate::{execution::Fields, schema::Field};

/// Where ids are in a request.
enum Place {
    /// The workflow id is a field.
    Id(u64),
    /// The workflow and run ids are fields.
    Ids(u64, u64),
    /// An execution is a field, with the workflow id as its first and the run id as its second.
    Execution(u64),
    /// An execution is the first field of what is a field.
    Nested(u64),
    /// What names the task's owner for routing is a field.
    Resource(u64),
    /// The schedule id is a field.
    Schedule(u64),
}

/// Returns where the ids are in the requests of a method.
fn place(rpc: &str) -> Option<Place> {
    Some(match rpc {
        "StartWorkflowExecution" | "SignalWithStartWorkflowExecution" => Place::Id(2),
        "GetWorkflowExecutionHistory"
        | "GetWorkflowExecutionHistoryReverse"
        | "RequestCancelWorkflowExecution"
        | "SignalWorkflowExecution"
        | "ResetWorkflowExecution"
        | "TerminateWorkflowExecution"
        | "DeleteWorkflowExecution"
        | "ResetStickyTaskQueue"
        | "QueryWorkflow"
        | "DescribeWorkflowExecution"
        | "UpdateWorkflowExecution"
        | "UpdateWorkflowExecutionOptions" => Place::Execution(2),
        "PollWorkflowExecutionUpdate" => Place::Nested(2),
        "ExecuteMultiOperation" => Place::Resource(3),
        "RespondWorkflowTaskCompleted" => Place::Resource(18),
        "RespondWorkflowTaskFailed" => Place::Resource(11),
        "RecordActivityTaskHeartbeat" => Place::Resource(5),
        "RespondActivityTaskCompleted" | "RespondActivityTaskCanceled" => Place::Resource(8),
        "RespondActivityTaskFailed" => Place::Resource(9),
        "RecordActivityTaskHeartbeatById"
        | "RespondActivityTaskCompletedById"
        | "RespondActivityTaskFailedById"
        | "RespondActivityTaskCanceledById"
        | "PauseWorkflowExecution"
        | "UnpauseWorkflowExecution" => Place::Ids(2, 3),
        "CreateSchedule"
        | "DescribeSchedule"
        | "UpdateSchedule"
        | "PatchSchedule"
        | "ListScheduleMatchingTimes"
        | "DeleteSchedule" => Place::Schedule(2),
        _ => return None,
    })
}

/// Adds the ids that a request names.
pub(super) fn add(fields: Fields, method: &str, request: &[u8]) -> Fields {
    let (_, rpc) = message::split(method);
    let text = |field| wire::text(request, field);
    match place(rpc) {
        Some(Place::Id(id)) => fields.with_some(Field::WorkflowId, text(id)),
        Some(Place::Resource(id)) => fields.with_some(Field::WorkflowId, text(id).map(bare)),
        Some(Place::Ids(id, run)) => fields
            .with_some(Field::WorkflowId, text(id))
            .with_some(Field::RunId, text(run)),
        Some(Place::Execution(at)) => execution(fields, wire::bytes(request, at)),
        Some(Place::Nested(at)) => {
            let nested = wire::bytes(request, at);
            execution(fields, nested.and_then(|nested| wire::bytes(nested, 1)))
        }
        Some(Place::Schedule(id)) => fields.with_some(Field::ScheduleId, text(id)),
        None => fields,
    }
}

fn execution(fields: Fields, execution: Option<&[u8]>) -> Fields {
    let text = |field| execution.and_then(|execution| wire::text(execution, field));
    fields
        .with_some(Field::WorkflowId, text(1))
        .with_some(Field::RunId, text(2))
}

/// Some servers' routing names what the id is of.
fn bare(resource: &str) -> &str {
    resource.strip_prefix("workflow:").unwrap_or(resource)
}

/// Returns whether the server holds a call until there is something to say.
///
/// The client keeps this to itself, so it is known by the method, and where that has two kinds, by
/// `wait_new_event`.
pub(super) fn is_long_poll(rpc: &str, request: &[u8]) -> bool {
    const WAIT_NEW_EVENT: u64 = 5;
    match rpc {
        "UpdateWorkflowExecution" | "ExecuteMultiOperation" => true,
        "GetWorkflowExecutionHistory" => wire::flag(request, WAIT_NEW_EVENT),
        _ => rpc.starts_with("Poll"),
    }
}
