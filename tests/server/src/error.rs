//! Errors of calls, with the details that SDKs read.

use prost::{Message, Name};
use prost_wkt_types::Any;
use tonic::{Code, Status};

use crate::proto::{common::WorkflowExecution, details, enums, failure::Failure};

/// A gRPC status whose details hold the message.
fn detailed<M: Message + Name>(code: Code, text: impl Into<String>, detail: &M) -> Status {
    let text = text.into();
    let status = RpcStatus {
        code: code as i32,
        message: text.clone(),
        details: vec![any(detail)],
    };
    Status::with_details(code, text, status.encode_to_vec().into())
}

/// `google.rpc.Status`, with the `Any` of the rest of the messages.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Any>,
}

/// A message in the envelope that names its type.
pub(crate) fn any<M: Message + Name>(message: &M) -> Any {
    Any {
        type_url: format!("type.googleapis.com/{}", M::full_name()),
        value: message.encode_to_vec(),
    }
}

/// The message of an envelope, if it is of that type.
pub(crate) fn unpack<M: Message + Name + Default>(any: &Any) -> Option<M> {
    let name = any.type_url.rsplit('/').next()?;
    (name == M::full_name()).then(|| M::decode(any.value.as_slice()).ok())?
}

/// What was asked for is not there.
pub(crate) fn not_found(text: impl Into<String>) -> Status {
    detailed(Code::NotFound, text, &details::NotFoundFailure::default())
}

/// No run has these ids.
pub(crate) fn no_such_run(workflow_id: &str) -> Status {
    not_found(format!("workflow not found for ID: {workflow_id}"))
}

/// The run is closed.
pub(crate) fn closed() -> Status {
    not_found("workflow execution already completed")
}

/// The request makes no sense.
pub(crate) fn invalid(text: impl Into<String>) -> Status {
    Status::invalid_argument(text)
}

/// The call is not served.
pub(crate) fn unimplemented(service: &str, rpc: &str) -> Status {
    Status::unimplemented(format!("{service}/{rpc} is not served by this test server"))
}

/// Nobody registered the namespace.
pub(crate) fn no_such_namespace(namespace: &str) -> Status {
    let detail = details::NamespaceNotFoundFailure {
        namespace: namespace.to_owned(),
    };
    let text = format!("Namespace {namespace} is not found.");
    detailed(Code::NotFound, text, &detail)
}

/// The namespace is there already.
pub(crate) fn namespace_exists() -> Status {
    let detail = details::NamespaceAlreadyExistsFailure {};
    detailed(Code::AlreadyExists, "Namespace already exists.", &detail)
}

/// The workflow id is taken.
pub(crate) fn already_started(text: String, request: &str, run: &str) -> Status {
    let detail = details::WorkflowExecutionAlreadyStartedFailure {
        start_request_id: request.to_owned(),
        run_id: run.to_owned(),
        first_execution_run_id: String::new(),
    };
    detailed(Code::AlreadyExists, text, &detail)
}

/// The worker could not answer the query.
pub(crate) fn query_failed(text: &str, failure: Option<Failure>) -> Status {
    let detail = details::QueryFailedFailure { failure };
    detailed(Code::InvalidArgument, text, &detail)
}

/// The run can't answer yet.
pub(crate) fn not_ready(text: &str) -> Status {
    let detail = details::WorkflowNotReadyFailure {};
    detailed(Code::FailedPrecondition, text, &detail)
}

/// The run is about to close; the caller may come again.
pub(crate) fn closing() -> Status {
    let text = "workflow operation can not be applied because workflow is closing";
    let detail = details::ResourceExhaustedFailure {
        cause: enums::ResourceExhaustedCause::BusyWorkflow.into(),
        scope: enums::ResourceExhaustedScope::Namespace.into(),
    };
    detailed(Code::ResourceExhausted, text, &detail)
}

/// One of several operations of a call failed, and the others with it.
pub(crate) fn multi_operation(statuses: &[Option<Status>]) -> Status {
    let mut code = Code::Aborted;
    let mut text = String::from("MultiOperation could not be executed.");
    let statuses = statuses.iter().map(|status| match status {
        Some(status) => {
            code = status.code();
            text = format!(
                "Update-with-Start could not be executed. {}",
                status.message()
            );
            let inner = RpcStatus::decode(status.details()).unwrap_or_default();
            details::multi_operation_execution_failure::OperationStatus {
                code: status.code() as i32,
                message: status.message().to_owned(),
                details: inner.details,
            }
        }
        None => aborted(),
    });
    let detail = details::MultiOperationExecutionFailure {
        statuses: statuses.collect(),
    };
    detailed(code, text, &detail)
}

fn aborted() -> details::multi_operation_execution_failure::OperationStatus {
    let name = "type.googleapis.com/temporal.api.failure.v1.MultiOperationExecutionAborted";
    details::multi_operation_execution_failure::OperationStatus {
        code: Code::Aborted as i32,
        message: "Operation was aborted.".to_owned(),
        details: vec![Any {
            type_url: name.to_owned(),
            value: Vec::new(),
        }],
    }
}

/// The execution that a request names must have an id, and a run id that can be one.
pub(crate) fn check_execution(execution: &WorkflowExecution) -> Result<(), Status> {
    if execution.workflow_id.is_empty() {
        return Err(invalid("WorkflowId is not set on request."));
    }
    let run = &execution.run_id;
    if !run.is_empty() && uuid::Uuid::parse_str(run).is_err() {
        return Err(invalid("Invalid RunId."));
    }
    Ok(())
}
