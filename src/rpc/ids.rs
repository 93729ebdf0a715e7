//! The ids that a call is about, read from its encoded request without reading anything else.

use prost::Message;

use super::message;
use crate::{execution::Fields, schema::Field};

/// A request, or a part of one, that names a workflow and a run.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Execution {
    #[prost(string, tag = "1")]
    pub(super) workflow_id: String,
    #[prost(string, tag = "2")]
    pub(super) run_id: String,
}

/// A request with a workflow's execution.
#[derive(Clone, PartialEq, Message)]
struct OfExecution {
    #[prost(message, optional, tag = "2")]
    execution: Option<Execution>,
}

/// A request with a reference to an update.
#[derive(Clone, PartialEq, Message)]
struct OfUpdate {
    #[prost(message, optional, tag = "2")]
    reference: Option<Reference>,
}

#[derive(Clone, PartialEq, Message)]
struct Reference {
    #[prost(message, optional, tag = "1")]
    execution: Option<Execution>,
}

/// A request with a workflow id, and with its run id.
#[derive(Clone, PartialEq, Message)]
struct OfIds {
    #[prost(string, tag = "2")]
    workflow_id: String,
    #[prost(string, tag = "3")]
    run_id: String,
}

/// A request about an activity, and the workflow that it belongs to, if any.
#[derive(Clone, PartialEq, Message)]
struct OfActivity {
    #[prost(string, tag = "2")]
    workflow_id: String,
    /// The activity's run id if there is no workflow.
    #[prost(string, tag = "4")]
    run_id: String,
}

/// A request with the id of a workflow or a schedule.
#[derive(Clone, PartialEq, Message)]
struct OfId {
    #[prost(string, tag = "2")]
    id: String,
}

/// Messages with one text each: the name of a task's owner, for routing.
macro_rules! resources {
    ($($name:ident $tag:tt)*) => {$(
        #[derive(Clone, PartialEq, Message)]
        struct $name {
            #[prost(string, tag = $tag)]
            id: String,
        }

        impl From<$name> for String {
            fn from(resource: $name) -> Self {
                resource.id
            }
        }
    )*};
}

resources! {
    Operations "3"
    Heartbeat "5"
    Activity "8"
    FailedActivity "9"
    FailedTask "11"
    Task "18"
}

/// Where a method's request has its ids.
enum Shape {
    Execution,
    Update,
    Workflow,
    Run,
    Activity,
    Schedule,
    /// In the text for routing, read by this function.
    Resource(fn(&[u8]) -> String),
}

/// Returns the shape of a method's request.
fn shape(rpc: &str) -> Option<Shape> {
    Some(match rpc {
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
        | "UpdateWorkflowExecutionOptions"
        | "PollWorkflowExecutionTimeSkipping"
        | "TriggerWorkflowRule"
        | "PauseActivity"
        | "UnpauseActivity"
        | "ResetActivity"
        | "UpdateActivityOptions" => Shape::Execution,
        "PollWorkflowExecutionUpdate" => Shape::Update,
        "StartWorkflowExecution" | "SignalWithStartWorkflowExecution" => Shape::Workflow,
        "RecordActivityTaskHeartbeatById"
        | "RespondActivityTaskCompletedById"
        | "RespondActivityTaskFailedById"
        | "RespondActivityTaskCanceledById"
        | "PauseWorkflowExecution"
        | "UnpauseWorkflowExecution" => Shape::Run,
        "PauseActivityExecution"
        | "UnpauseActivityExecution"
        | "ResetActivityExecution"
        | "UpdateActivityExecutionOptions" => Shape::Activity,
        "CreateSchedule"
        | "DescribeSchedule"
        | "UpdateSchedule"
        | "PatchSchedule"
        | "ListScheduleMatchingTimes"
        | "DeleteSchedule" => Shape::Schedule,
        "ExecuteMultiOperation" => Shape::Resource(resource::<Operations>),
        "RespondWorkflowTaskCompleted" => Shape::Resource(resource::<Task>),
        "RespondWorkflowTaskFailed" => Shape::Resource(resource::<FailedTask>),
        "RecordActivityTaskHeartbeat" => Shape::Resource(resource::<Heartbeat>),
        "RespondActivityTaskCompleted" | "RespondActivityTaskCanceled" => {
            Shape::Resource(resource::<Activity>)
        }
        "RespondActivityTaskFailed" => Shape::Resource(resource::<FailedActivity>),
        _ => return None,
    })
}

/// Reads a workflow id from the text that a task is routed by. The text may have a prefix for the
/// kind of id: a workflow's, or a standalone activity's.
fn resource<T: Message + Default + Into<String>>(request: &[u8]) -> String {
    let id: String = read::<T>(request).into();
    match id.split_once(':') {
        Some(("workflow", id)) => id.to_owned(),
        Some(("activity", _)) => String::new(),
        _ => id,
    }
}

/// Reads the ids of a workflow and a run.
fn ids(shape: &Shape, request: &[u8]) -> (String, String) {
    match shape {
        Shape::Execution => of(read::<OfExecution>(request).execution),
        Shape::Update => {
            let update = read::<OfUpdate>(request);
            of(update.reference.unwrap_or_default().execution)
        }
        Shape::Workflow => (read::<OfId>(request).id, String::new()),
        Shape::Run => {
            let run = read::<OfIds>(request);
            (run.workflow_id, run.run_id)
        }
        Shape::Activity => {
            let activity = read::<OfActivity>(request);
            match activity.workflow_id.is_empty() {
                true => Default::default(),
                false => (activity.workflow_id, activity.run_id),
            }
        }
        Shape::Resource(read) => (read(request), String::new()),
        Shape::Schedule => Default::default(),
    }
}

fn of(execution: Option<Execution>) -> (String, String) {
    let execution = execution.unwrap_or_default();
    (execution.workflow_id, execution.run_id)
}

/// Reads these fields of a message; a truncated message has none.
fn read<T: Message + Default>(request: &[u8]) -> T {
    T::decode(request).unwrap_or_default()
}

/// Adds the ids that a request names.
pub(super) fn add(fields: Fields, method: &str, request: &[u8]) -> Fields {
    let (_, rpc) = message::split(method);
    let Some(shape) = shape(rpc) else {
        return fields;
    };
    if let Shape::Schedule = shape {
        return fields.with_some(Field::ScheduleId, some(&read::<OfId>(request).id));
    }
    let (workflow_id, run_id) = ids(&shape, request);
    fields
        .with_some(Field::WorkflowId, some(&workflow_id))
        .with_some(Field::RunId, some(&run_id))
}

fn some(id: &str) -> Option<&str> {
    Some(id).filter(|id| !id.is_empty())
}
