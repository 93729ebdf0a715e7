//! A caller waits no longer than it says, wherever its call is.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chronoscope::{
    Observability,
    rpc::{Request, Retries, RpcService, Stack},
    testing::Capture,
};
use metrics_util::debugging::DebuggingRecorder;
use opentelemetry::KeyValue;
use temporalio_client::{
    Connection, GrpcCompression, RetryOptions,
    grpc::WorkflowService,
    tonic::{self, Code, Status},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::CountWorkflowExecutionsRequest;
use tower::{ServiceExt as _, limit::ConcurrencyLimitLayer, service_fn, util::MapRequestLayer};

use super::{
    Durations, Passed,
    agreement::{self, CALL, FAULT, Fault, Peer},
    bridged, empty, measured, options, rpc,
};
use crate::support::moment;

async fn ask(
    connection: &Connection,
    call: &'static str,
    fault: Fault,
    deadline: Duration,
) -> Result<(), Status> {
    let mut request = tonic::Request::new(CountWorkflowExecutionsRequest::default());
    request.set_timeout(deadline);
    request.metadata_mut().insert(CALL, call.parse().unwrap());
    let fault = format!("{fault:?}").parse().unwrap();
    request.metadata_mut().insert(FAULT, fault);
    WorkflowService::count_workflow_executions(&mut connection.clone(), request)
        .await
        .map(drop)
}

#[tokio::test]
async fn a_deadline_holds_while_a_call_waits_for_another_one() {
    let peer = Peer::start().await;
    let (observability, durations) = measured();
    let stack = Stack::new()
        .all(observability.rpc())
        .calls(ConcurrencyLimitLayer::new(1));
    let connection = bridged(&stack, options(&peer.url())).await;
    let first = connection.clone();
    let hangs =
        tokio::spawn(
            async move { ask(&first, "first", Fault::Hangs, Duration::from_secs(30)).await },
        );
    while peer.attempts("first") == 0 {
        moment().await;
    }
    let started = Instant::now();
    let ended = ask(&connection, "second", Fault::None, Duration::from_secs(1)).await;
    let ended = ended.unwrap_err();
    // As on the client's own connection, where it would have waited for the peer.
    assert_eq!(ended.code(), Code::Cancelled, "{ended}");
    assert!(ended.message().starts_with("Timeout expired"), "{ended}");
    let waited = started.elapsed();
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert_eq!(peer.attempts("second"), 0);
    assert!(!hangs.is_finished());
    hangs.abort();
    assert!(hangs.await.unwrap_err().is_cancelled());
    // A limit holds calls back before they are made: the second was none yet.
    assert_eq!(durations.of(COUNT, "CANCELLED"), 1);
    assert_eq!(durations.of(COUNT, "DEADLINE_EXCEEDED"), 0);
}

/// A layer that keeps each call for a while.
fn slow(stack: Stack, time: Duration) -> Stack {
    stack.all(tower::layer::layer_fn(move |inner: RpcService| {
        service_fn(move |request: Request| {
            let inner = inner.clone();
            async move {
                tokio::time::sleep(time).await;
                inner.oneshot(request).await
            }
        })
    }))
}

#[tokio::test]
async fn what_is_left_is_what_the_server_is_told() {
    let peer = Peer::start().await;
    for (name, stack, most) in [
        ("bare", Stack::new(), 10_000_000),
        ("layered", Stack::new().all(Passed::default()), 10_000_000),
        (
            "slow",
            slow(Stack::new(), Duration::from_millis(100)),
            9_900_000,
        ),
    ] {
        let connection = bridged(&stack, options(&peer.url())).await;
        let asked = ask(&connection, name, Fault::None, Duration::from_secs(10));
        asked.await.unwrap();
        let headers = peer.headers(name);
        let told = headers["grpc-timeout"].to_str().unwrap();
        let micros: u64 = told.strip_suffix('u').unwrap().parse().unwrap();
        assert!(micros <= most && micros > most / 2, "{name}: {told}");
    }
}

#[tokio::test]
async fn a_deadline_is_read_in_each_unit_and_nothing_else_is_one() {
    let told = Arc::new(Mutex::new(String::new()));
    let noted = told.clone();
    let stack = Stack::new().in_process(service_fn(move |request: Request| {
        let header = request.headers().get("grpc-timeout");
        let header = header.map_or("", |it| it.to_str().unwrap());
        header.clone_into(&mut noted.lock().unwrap());
        std::future::ready(empty())
    }));
    let stack = slow(stack, Duration::from_millis(2));
    let connection = bridged(&stack, options("http://nowhere.invalid:1")).await;
    for (sent, left) in [
        ("2H", "7199"),
        ("2M", "1199"),
        ("20S", "199"),
        ("20000m", "199"),
        ("20000000u", "199"),
        ("99999999n", "9"),
        // Not a number of eight digits and a unit: as it came.
        ("100000000u", "100000000u"),
        ("+20S", "+20S"),
        ("20", "20"),
        ("20d", "20d"),
        ("S", "S"),
    ] {
        let mut request = tonic::Request::new(CountWorkflowExecutionsRequest::default());
        let timeout = sent.parse().unwrap();
        request.metadata_mut().insert("grpc-timeout", timeout);
        WorkflowService::count_workflow_executions(&mut connection.clone(), request)
            .await
            .unwrap();
        let told = told.lock().unwrap();
        assert!(told.starts_with(left), "{sent}: {told}");
    }
}

/// The test server knows nothing of this crate, and no library that both have reads the header for
/// others: the same lines stand in both.
#[test]
fn one_parser_of_timeouts_stands_in_both_packages() {
    let [ours, servers] = [
        include_str!("../../../src/rpc/deadline.rs"),
        include_str!("../../server/src/rpc/patience.rs"),
    ]
    .map(|file| {
        let (_, parser) = file.split_once("fn parse(").unwrap();
        parser.split_once("\n}\n").unwrap().0
    });
    assert_eq!(ours, servers);
}

#[tokio::test]
async fn through_layers_a_deadline_holds_to_the_answers_last_byte() {
    let peer = Peer::start().await;
    let (observability, durations) = measured();
    let stack = Stack::new().all(observability.rpc());
    let connection = bridged(&stack, options(&peer.url())).await;
    let second = Duration::from_secs(1);
    let ended = ask(&connection, "head", Fault::Hangs, second).await;
    assert!(ended.unwrap_err().message().starts_with("Timeout expired"));
    let method = "CountWorkflowExecutions";
    assert_eq!(durations.of(method, "DEADLINE_EXCEEDED"), 1);
    // The client's own connection would wait forever: its timer ends with the response's head.
    let ended = ask(&connection, "message", Fault::HangsInMessage, second).await;
    assert!(ended.unwrap_err().message().starts_with("Timeout expired"));
}

const COUNT: &str = "CountWorkflowExecutions";

/// A layer that holds counts of workflows forever: they don't leave.
fn keeps(stack: Stack) -> Stack {
    stack.all(tower::layer::layer_fn(|inner: RpcService| {
        service_fn(move |request: Request| {
            let inner = inner.clone();
            async move {
                match rpc(&request) {
                    COUNT => std::future::pending().await,
                    _ => inner.oneshot(request).await,
                }
            }
        })
    }))
}

/// A layer that has the connection wait for counts no longer than a tenth of a second.
fn hurries(stack: Stack) -> Stack {
    stack.all(MapRequestLayer::new(|mut request: Request| {
        if rpc(&request) == COUNT {
            request.extensions_mut().clear();
            let soon = http::HeaderValue::from_static("100m");
            request.headers_mut().insert("grpc-timeout", soon);
        }
        request
    }))
}

fn never_answers(stack: Stack) -> Stack {
    stack.in_process(service_fn(|request: Request| async move {
        match rpc(&request) {
            COUNT => std::future::pending().await,
            _ => empty(),
        }
    }))
}

/// The layers inside the observing one, how long the caller waits, and the status that it gets.
type Case = (&'static str, fn(Stack) -> Stack, Duration, Code);

#[tokio::test]
async fn whichever_timer_ends_a_call_all_signals_say_that_it_was_its_deadline() {
    let peer = Peer::start().await;
    let (soon, late) = (Duration::from_millis(100), Duration::from_secs(60));
    let cases: [Case; 3] = [
        ("kept", keeps, soon, Code::Cancelled),
        ("hurried", hurries, late, Code::Cancelled),
        ("in process", never_answers, soon, Code::DeadlineExceeded),
    ];
    for (name, inner, deadline, told) in cases {
        let recorder = DebuggingRecorder::new();
        let durations = Durations(recorder.snapshotter(), Mutex::default());
        let measured = Observability::builder().metrics(|m| m.recorder(recorder));
        let capture = Capture::of(measured).unwrap();
        let stack = inner(Stack::new().all(capture.observability().rpc()));
        let connection = bridged(&stack, options(&peer.url())).await;

        let ended = ask(&connection, name, Fault::Hangs, deadline).await;
        assert_eq!(ended.unwrap_err().code(), told, "{name}");
        assert_eq!(durations.of(COUNT, "DEADLINE_EXCEEDED"), 1, "{name}");
        let mut lines = capture.lines();
        lines.retain(|line| line.target.starts_with("chronoscope::rpc"));
        let status = lines.last().unwrap().field("rpc_status_code");
        assert_eq!(status, Some("DEADLINE_EXCEEDED"), "{name}");
        let ended = capture.spans().pop().unwrap();
        let status = KeyValue::new("rpc.status_code", "DEADLINE_EXCEEDED");
        assert!(ended.attributes.contains(&status), "{name}: {ended:?}");
        assert!(name == "hurried" || peer.attempts(name) == 0, "{name}");
    }
}

#[tokio::test]
async fn a_retry_that_would_come_too_late_is_left() {
    let peer = Peer::start().await;
    let stack = Stack::new().retrying(Retries::at_most(5));
    let retries = RetryOptions::no_retries();
    let options = agreement::options(&peer.url(), retries, GrpcCompression::None);
    let connection = bridged(&stack, options).await;
    let soon = Duration::from_millis(500);
    let ended = ask(&connection, "exhausted", Fault::ExhaustedOnce, soon).await;
    assert_eq!(ended.unwrap_err().code(), Code::ResourceExhausted);
    assert_eq!(peer.attempts("exhausted"), 1);
}
