//! Whom a call is about: ids out of its encoded request, and nothing else of it.

use prost::Message;

use super::message;
use crate::{execution::Fields, schema::Field};

/// A request, or a part of one, that names a workflow and a run.
#[derive(Clone, PartialEq, Message)]
struct Execution {
    #[prost(string, tag = "1")]
    workflow_id: String,
    #[prost(string, tag = "2")]
    run_id: String,
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

/// A request with the id of a workflow or a schedule.
#[derive(Clone, PartialEq, Message)]
struct OfId {
    #[prost(string, tag = "2")]
    id: String,
}

/// Messages with one text each: what names the owner of a task, for routing.
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

/// What a request says of whom it is about.
#[derive(Default)]
struct About {
    workflow_id: String,
    run_id: String,
    schedule_id: String,
}

impl About {
    fn ids(workflow_id: String, run_id: String) -> Self {
        Self {
            workflow_id,
            run_id,
            ..Self::default()
        }
    }

    fn execution(execution: Option<Execution>) -> Self {
        let execution = execution.unwrap_or_default();
        Self::ids(execution.workflow_id, execution.run_id)
    }

    /// Some servers' routing names what the id is of.
    fn resource<T: Message + Default + Into<String>>(request: &[u8]) -> Self {
        let id: String = read::<T>(request).into();
        let bare = id.strip_prefix("workflow:").map(str::to_owned);
        Self::ids(bare.unwrap_or(id), String::new())
    }

    /// Reads the request of a method.
    fn of(rpc: &str, request: &[u8]) -> Option<Self> {
        Some(match rpc {
            "StartWorkflowExecution" | "SignalWithStartWorkflowExecution" => {
                Self::ids(read::<OfId>(request).id, String::new())
            }
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
            | "UpdateWorkflowExecutionOptions" => {
                Self::execution(read::<OfExecution>(request).execution)
            }
            "PollWorkflowExecutionUpdate" => {
                let reference = read::<OfUpdate>(request).reference.unwrap_or_default();
                Self::execution(reference.execution)
            }
            "ExecuteMultiOperation" => Self::resource::<Operations>(request),
            "RespondWorkflowTaskCompleted" => Self::resource::<Task>(request),
            "RespondWorkflowTaskFailed" => Self::resource::<FailedTask>(request),
            "RecordActivityTaskHeartbeat" => Self::resource::<Heartbeat>(request),
            "RespondActivityTaskCompleted" | "RespondActivityTaskCanceled" => {
                Self::resource::<Activity>(request)
            }
            "RespondActivityTaskFailed" => Self::resource::<FailedActivity>(request),
            "RecordActivityTaskHeartbeatById"
            | "RespondActivityTaskCompletedById"
            | "RespondActivityTaskFailedById"
            | "RespondActivityTaskCanceledById"
            | "PauseWorkflowExecution"
            | "UnpauseWorkflowExecution" => {
                let of = read::<OfIds>(request);
                Self::ids(of.workflow_id, of.run_id)
            }
            "CreateSchedule"
            | "DescribeSchedule"
            | "UpdateSchedule"
            | "PatchSchedule"
            | "ListScheduleMatchingTimes"
            | "DeleteSchedule" => Self {
                schedule_id: read::<OfId>(request).id,
                ..Self::default()
            },
            _ => return None,
        })
    }
}

/// Reads what a message has of these fields; one that breaks off has none.
fn read<T: Message + Default>(request: &[u8]) -> T {
    T::decode(request).unwrap_or_default()
}

/// Adds the ids that a request names.
pub(super) fn add(fields: Fields, method: &str, request: &[u8]) -> Fields {
    let (_, rpc) = message::split(method);
    let Some(about) = About::of(rpc, request) else {
        return fields;
    };
    fields
        .with_some(Field::WorkflowId, some(&about.workflow_id))
        .with_some(Field::RunId, some(&about.run_id))
        .with_some(Field::ScheduleId, some(&about.schedule_id))
}

fn some(id: &str) -> Option<&str> {
    Some(id).filter(|id| !id.is_empty())
}
