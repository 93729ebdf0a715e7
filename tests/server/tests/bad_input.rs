//! What nobody should send, and what nobody thought of.

use std::time::Duration;

use bytes::Bytes;
use chronoscope_testserver::TestServer;
use proptest::prelude::*;
use temporalio_client::{
    callback_based::{CallbackBasedGrpcService, GrpcRequest},
    tonic::{Code, Status},
};

const RPCS: &[&str] = &[
    "GetSystemInfo",
    "DescribeNamespace",
    "RegisterNamespace",
    "ListNamespaces",
    "DescribeTaskQueue",
    "StartWorkflowExecution",
    "SignalWithStartWorkflowExecution",
    "SignalWorkflowExecution",
    "RequestCancelWorkflowExecution",
    "TerminateWorkflowExecution",
    "DeleteWorkflowExecution",
    "DescribeWorkflowExecution",
    "GetWorkflowExecutionHistory",
    "GetWorkflowExecutionHistoryReverse",
    "QueryWorkflow",
    "UpdateWorkflowExecution",
    "PollWorkflowExecutionUpdate",
    "ExecuteMultiOperation",
    "ListWorkflowExecutions",
    "CountWorkflowExecutions",
    "CreateSchedule",
    "DescribeSchedule",
    "UpdateSchedule",
    "PatchSchedule",
    "DeleteSchedule",
    "ListSchedules",
    "RespondWorkflowTaskCompleted",
    "RespondWorkflowTaskFailed",
    "RespondQueryTaskCompleted",
    "ResetStickyTaskQueue",
    "ResetWorkflowExecution",
    "RespondNexusTaskCompleted",
    "RespondNexusTaskFailed",
    "DescribeWorkerDeployment",
    "SetWorkerDeploymentCurrentVersion",
    "SetWorkerDeploymentRampingVersion",
    "RespondActivityTaskCompleted",
    "RespondActivityTaskFailed",
    "RespondActivityTaskCanceled",
    "RecordActivityTaskHeartbeat",
    "RespondActivityTaskCompletedById",
    "RespondActivityTaskFailedById",
    "RespondActivityTaskCanceledById",
    "RecordActivityTaskHeartbeatById",
    "ShutdownWorker",
    "PollWorkflowTaskQueue",
    "PollActivityTaskQueue",
    "PollNexusTaskQueue",
    "NoSuchCall",
];

async fn call(
    service: &CallbackBasedGrpcService,
    rpc: &str,
    proto: Vec<u8>,
) -> Option<Result<Vec<u8>, Status>> {
    let request = GrpcRequest {
        service: "temporal.api.workflowservice.v1.WorkflowService".to_owned(),
        rpc: rpc.to_owned(),
        headers: Default::default(),
        proto: Bytes::from(proto),
    };
    // Polls and queries of what is there may wait; that is an answer too.
    let answer = tokio::time::timeout(Duration::from_millis(20), (service.callback)(request)).await;
    Some(answer.ok()?.map(|response| response.proto))
}

#[tokio::test]
async fn malformed_messages_are_invalid_arguments() {
    let server = TestServer::start().await;
    let service = server.service_override();
    for rpc in RPCS {
        let answer = call(&service, rpc, vec![0xff; 7]).await.unwrap();
        let wanted = if *rpc == "NoSuchCall" {
            Code::Unimplemented
        } else {
            Code::InvalidArgument
        };
        assert_eq!(answer.unwrap_err().code(), wanted, "{rpc}");
    }
}

#[tokio::test]
async fn empty_messages_are_answered() {
    let server = TestServer::start().await;
    let service = server.service_override();
    for rpc in RPCS {
        let answer = call(&service, rpc, Vec::new()).await.unwrap();
        if let Err(status) = answer {
            let code = status.code();
            assert!(
                matches!(
                    code,
                    Code::InvalidArgument | Code::NotFound | Code::Unimplemented
                ),
                "{rpc}: {status:?}"
            );
        }
    }
}

/// Bytes that a decoder takes further than noise: fields of small numbers, nested.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(b"default".to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
        Just(Vec::new()),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let field = (1..30u8, inner, any::<bool>(), any::<u8>()).prop_map(
            |(tag, inner, nested, number)| {
                let mut bytes = Vec::new();
                let wire = if nested { 2u16 } else { 0 };
                let key = u16::from(tag) << 3 | wire;
                if key < 128 {
                    bytes.push(u8::try_from(key).unwrap());
                } else {
                    bytes.push(u8::try_from(key & 127).unwrap() | 128);
                    bytes.push(u8::try_from(key >> 7).unwrap());
                }
                if nested {
                    bytes.push(u8::try_from(inner.len().min(127)).unwrap());
                    bytes.extend(inner.into_iter().take(127));
                } else {
                    bytes.push(number & 127);
                }
                bytes
            },
        );
        prop::collection::vec(field, 0..6).prop_map(|fields| fields.concat())
    })
}

#[test]
fn nothing_that_can_be_sent_panics() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(TestServer::start());
    let service = server.service_override();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let input = (0..RPCS.len(), message());
    runner
        .run(&input, |(rpc, proto)| {
            runtime.block_on(call(&service, RPCS[rpc], proto));
            Ok(())
        })
        .unwrap();
    // And it still serves.
    let answer = runtime.block_on(call(&service, "GetSystemInfo", Vec::new()));
    assert!(answer.unwrap().is_ok());
}
