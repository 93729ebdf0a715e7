//! The ids in encoded requests, checked against messages that the SDK encodes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chronoscope::{
    Observability,
    execution::Execution,
    rpc::{Request, Rpc},
    schema::{Field, Operation},
};
use prost::Message;
use temporalio_common::protos::temporal::api::{
    common::v1::{Payload, Payloads, WorkflowExecution},
    update::v1::UpdateRef,
    workflowservice::v1::*,
};
use tower::{BoxError, Layer as _, Service, ServiceExt as _, service_fn};

use super::empty;

/// What is known of a call when it starts.
pub async fn seen(rpc: &str, message: Bytes) -> Execution {
    let executions = Arc::new(Mutex::new(Vec::new()));
    let noted = executions.clone();
    let observability = Observability::builder()
        .on_start(move |execution: &Execution| noted.lock().unwrap().push(execution.clone()))
        .build()
        .unwrap();
    let service = service_fn(|_: Request| async { empty() });
    let mut service: Rpc<_> = observability.rpc().layer(service);
    let request = http::Request::builder()
        .uri(format!(
            "http://localhost:7233/temporal.api.workflowservice.v1.WorkflowService/{rpc}"
        ))
        .header("temporal-namespace", "orders")
        .body(message)
        .unwrap();
    let ready: Result<_, BoxError> = service.ready().await.map(drop);
    ready.unwrap();
    service.call(request).await.unwrap();
    let mut executions = executions.lock().unwrap();
    assert_eq!(executions.len(), 1, "{rpc}");
    executions.pop().unwrap()
}

async fn check(rpc: &str, message: impl Message, workflow: &str, run: &str) {
    let execution = seen(rpc, message.encode_to_vec().into()).await;
    let text = |field| {
        execution
            .fields()
            .text(field)
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(text(Field::WorkflowId), workflow, "{rpc}");
    assert_eq!(text(Field::RunId), run, "{rpc}");
    assert_eq!(text(Field::Namespace), "orders");
    assert_eq!(text(Field::ServerAddress), "localhost");
    assert_eq!(text(Field::ServerPort), "7233");
    assert_eq!(
        text(Field::RpcMethod),
        format!("temporal.api.workflowservice.v1.WorkflowService/{rpc}")
    );
}

fn execution() -> Option<WorkflowExecution> {
    Some(WorkflowExecution {
        workflow_id: "w".to_owned(),
        run_id: "r".to_owned(),
    })
}

fn secret() -> Option<Payloads> {
    Some(Payloads {
        payloads: vec![Payload {
            data: b"secret".to_vec(),
            ..Default::default()
        }],
    })
}

macro_rules! check_all {
    ($run:literal: $($rpc:literal $request:ident { $($field:ident: $value:expr),* };)*) => {
        $(check($rpc, $request { $($field: $value,)* ..Default::default() }, "w", $run).await;)*
    };
}

#[tokio::test]
async fn ids_are_read_out_of_every_request_that_has_some() {
    let w = || "w".to_owned();
    check_all! { "":
        "StartWorkflowExecution" StartWorkflowExecutionRequest { namespace: w(), workflow_id: w(), input: secret() };
        "SignalWithStartWorkflowExecution" SignalWithStartWorkflowExecutionRequest { workflow_id: w(), input: secret() };
        "RespondWorkflowTaskCompleted" RespondWorkflowTaskCompletedRequest { task_token: vec![7; 300], resource_id: w() };
        "RespondWorkflowTaskFailed" RespondWorkflowTaskFailedRequest { task_token: vec![7; 300], resource_id: w() };
        "RecordActivityTaskHeartbeat" RecordActivityTaskHeartbeatRequest { details: secret(), resource_id: w() };
        "RespondActivityTaskCompleted" RespondActivityTaskCompletedRequest { result: secret(), resource_id: w() };
        "RespondActivityTaskCanceled" RespondActivityTaskCanceledRequest { details: secret(), resource_id: w() };
        "RespondActivityTaskFailed" RespondActivityTaskFailedRequest { resource_id: "workflow:w".to_owned() };
        "ExecuteMultiOperation" ExecuteMultiOperationRequest { resource_id: w() };
    }
    check_all! { "r":
        "GetWorkflowExecutionHistory" GetWorkflowExecutionHistoryRequest { execution: execution() };
        "GetWorkflowExecutionHistoryReverse" GetWorkflowExecutionHistoryReverseRequest { execution: execution() };
        "RequestCancelWorkflowExecution" RequestCancelWorkflowExecutionRequest { workflow_execution: execution() };
        "SignalWorkflowExecution" SignalWorkflowExecutionRequest { workflow_execution: execution(), input: secret() };
        "ResetWorkflowExecution" ResetWorkflowExecutionRequest { workflow_execution: execution() };
        "TerminateWorkflowExecution" TerminateWorkflowExecutionRequest { workflow_execution: execution() };
        "DeleteWorkflowExecution" DeleteWorkflowExecutionRequest { workflow_execution: execution() };
        "ResetStickyTaskQueue" ResetStickyTaskQueueRequest { execution: execution() };
        "QueryWorkflow" QueryWorkflowRequest { execution: execution() };
        "DescribeWorkflowExecution" DescribeWorkflowExecutionRequest { execution: execution() };
        "UpdateWorkflowExecution" UpdateWorkflowExecutionRequest { workflow_execution: execution() };
        "UpdateWorkflowExecutionOptions" UpdateWorkflowExecutionOptionsRequest { workflow_execution: execution() };
        "PollWorkflowExecutionUpdate" PollWorkflowExecutionUpdateRequest { update_ref: Some(UpdateRef { workflow_execution: execution(), update_id: "u".to_owned() }) };
        "RecordActivityTaskHeartbeatById" RecordActivityTaskHeartbeatByIdRequest { workflow_id: w(), run_id: "r".to_owned() };
        "RespondActivityTaskCompletedById" RespondActivityTaskCompletedByIdRequest { workflow_id: w(), run_id: "r".to_owned(), result: secret() };
        "RespondActivityTaskFailedById" RespondActivityTaskFailedByIdRequest { workflow_id: w(), run_id: "r".to_owned() };
        "RespondActivityTaskCanceledById" RespondActivityTaskCanceledByIdRequest { workflow_id: w(), run_id: "r".to_owned() };
        "PauseWorkflowExecution" PauseWorkflowExecutionRequest { workflow_id: w(), run_id: "r".to_owned() };
        "UnpauseWorkflowExecution" UnpauseWorkflowExecutionRequest { workflow_id: w(), run_id: "r".to_owned() };
    }
}

#[tokio::test]
async fn schedules_have_their_id_and_others_none() {
    let message = CreateScheduleRequest {
        schedule_id: "nightly".to_owned(),
        ..Default::default()
    };
    let execution = seen("CreateSchedule", message.encode_to_vec().into()).await;
    assert_eq!(execution.fields().text(Field::ScheduleId), Some("nightly"));
    check(
        "ListWorkflowExecutions",
        ListWorkflowExecutionsRequest::default(),
        "",
        "",
    )
    .await;
}

#[tokio::test]
async fn an_activity_without_a_workflow_is_no_workflow() {
    let heartbeat = RecordActivityTaskHeartbeatRequest {
        resource_id: "activity:a".to_owned(),
        ..Default::default()
    };
    check("RecordActivityTaskHeartbeat", heartbeat, "", "").await;
    let pause = PauseActivityExecutionRequest {
        activity_id: "a".to_owned(),
        run_id: "of the activity".to_owned(),
        ..Default::default()
    };
    check("PauseActivityExecution", pause, "", "").await;
}

#[tokio::test]
async fn long_polls_are_known_by_the_call_and_by_what_it_waits_for() {
    let history = |wait_new_event| {
        let request = GetWorkflowExecutionHistoryRequest {
            namespace: "orders".to_owned(),
            execution: execution(),
            maximum_page_size: 300,
            wait_new_event,
            ..Default::default()
        };
        Bytes::from(request.encode_to_vec())
    };
    for (rpc, message, expect) in [
        (
            "GetWorkflowExecutionHistory",
            history(true),
            Operation::PollRpc,
        ),
        (
            "GetWorkflowExecutionHistory",
            history(false),
            Operation::CallRpc,
        ),
        ("PollWorkflowTaskQueue", Bytes::new(), Operation::PollRpc),
        ("PollActivityTaskQueue", Bytes::new(), Operation::PollRpc),
        (
            "PollWorkflowExecutionUpdate",
            Bytes::new(),
            Operation::PollRpc,
        ),
        ("UpdateWorkflowExecution", Bytes::new(), Operation::PollRpc),
        (
            "RespondWorkflowTaskCompleted",
            Bytes::new(),
            Operation::CallRpc,
        ),
    ] {
        assert_eq!(seen(rpc, message).await.operation(), expect, "{rpc}");
    }
}

#[tokio::test]
async fn what_is_no_message_has_no_ids_and_hurts_nobody() {
    let whole = StartWorkflowExecutionRequest {
        namespace: "orders".to_owned(),
        workflow_id: "w".to_owned(),
        ..Default::default()
    }
    .encode_to_vec();
    for length in 0..whole.len() {
        let execution = seen("StartWorkflowExecution", whole[..length].to_vec().into()).await;
        assert_eq!(execution.workflow_id(), None);
    }
    for byte in 0..=u8::MAX {
        let garbage = Bytes::from(vec![byte; 40]);
        drop(seen("GetWorkflowExecutionHistory", garbage).await);
    }
}
