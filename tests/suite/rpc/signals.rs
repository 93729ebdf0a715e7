//! Observing layers in a stack: each signal once, and the effects of their order.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chronoscope::{
    Observability,
    execution::Execution,
    observe::Signal,
    rpc::{Request, RpcLayer},
    schema::Outcome,
    testing::{Capture, Line, expect},
};
use opentelemetry_sdk::trace::SpanData;
use temporalio_client::tonic::Status;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt as _, service_fn};

use super::{Passed, empty};

/// What a call left behind.
struct Left {
    spans: Vec<SpanData>,
    durations: u64,
    lines: Vec<Line>,
    ends: Vec<Outcome>,
}

/// Makes one call through a stack over a service that answers so.
async fn left<L, S>(
    stack: impl FnOnce(&RpcLayer) -> L,
    answer: impl Fn() -> Result<(), Status> + Clone + Send + Sync + 'static,
) -> Left
where
    L: Layer<
            tower::util::BoxCloneSyncService<Request, chronoscope::rpc::Response, BoxError>,
            Service = S,
        >,
    S: Service<Request, Response = chronoscope::rpc::Response, Error = BoxError>,
{
    let ends = Arc::new(Mutex::new(vec![]));
    let noted = ends.clone();
    let builder = Observability::builder().on_end(move |_: &Execution, outcome: &Outcome| {
        noted.lock().unwrap().push(outcome.clone());
    });
    let capture = Capture::of(builder).unwrap();
    let leaf = service_fn(move |_: Request| {
        let answer = answer();
        async move {
            answer?;
            empty()
        }
    });
    let leaf = tower::util::BoxCloneSyncService::new(leaf);
    let mut service = stack(&capture.observability().rpc()).layer(leaf);
    let request = http::Request::builder()
        .uri("http://localhost:7233/temporal.api.workflowservice.v1.WorkflowService/Any")
        .body(Bytes::new())
        .unwrap();
    let _ = service.ready().await.unwrap().call(request).await;
    let mut lines = capture.lines();
    lines.retain(|line| line.target.starts_with("chronoscope::rpc"));
    Left {
        spans: capture.spans(),
        durations: capture.count(&expect::histogram("rpc_client_call_duration_seconds")),
        lines,
        ends: ends.lock().unwrap().clone(),
    }
}

fn check(left: &Left, has_trace: bool) {
    assert_eq!(left.spans.len(), 1);
    assert_eq!(left.durations, 1);
    assert_eq!(left.lines.len(), 1, "{:?}", left.lines);
    let context = &left.spans[0].span_context;
    let expected = has_trace.then(|| context.trace_id().to_string());
    assert_eq!(left.lines[0].field("trace_id"), expected.as_deref());
}

#[tokio::test]
async fn each_signal_is_made_once_and_in_the_order_of_the_layers() {
    let ok = || Ok(());
    check(&left(|all| all.clone(), ok).await, true);
    // The line is written outside the span.
    let stacked = |all: &RpcLayer| {
        let inner = ServiceBuilder::new().layer(all.only([Signal::Logs]));
        inner
            .layer(all.only([Signal::Metrics]))
            .layer(all.only([Signal::Traces]))
            .into_inner()
    };
    check(&left(stacked, ok).await, false);
    let turned = |all: &RpcLayer| {
        let inner = ServiceBuilder::new().layer(all.only([Signal::Traces]));
        inner
            .layer(all.only([Signal::Metrics]))
            .layer(all.only([Signal::Logs]))
            .into_inner()
    };
    check(&left(turned, ok).await, true);
    // What an outer layer makes already, an inner one leaves to it.
    let doubled = |all: &RpcLayer| {
        let inner = ServiceBuilder::new().layer(all.clone());
        inner
            .layer(all.only([Signal::Logs]))
            .layer(all.clone())
            .into_inner()
    };
    check(&left(doubled, ok).await, true);
}

#[tokio::test]
async fn with_a_layer_between_a_log_outside_of_the_trace_has_no_trace_id() {
    let ok = || Ok(());
    let outside = |all: &RpcLayer| {
        let inner = ServiceBuilder::new().layer(all.only([Signal::Logs]));
        let inner = inner.layer(Passed::default());
        inner
            .layer(all.only([Signal::Traces]))
            .layer(all.only([Signal::Metrics]))
            .into_inner()
    };
    check(&left(outside, ok).await, false);
    let inside = |all: &RpcLayer| {
        let inner = ServiceBuilder::new().layer(all.only([Signal::Traces]));
        let inner = inner.layer(Passed::default());
        inner
            .layer(all.only([Signal::Logs]))
            .layer(all.only([Signal::Metrics]))
            .into_inner()
    };
    check(&left(inside, ok).await, true);
    // What an outer layer does already, an inner one leaves to it.
    let twice = |all: &RpcLayer| {
        let inner = ServiceBuilder::new().layer(all.clone());
        let inner = inner.layer(Passed::default());
        inner.layer(all.clone()).into_inner()
    };
    let left = left(twice, ok).await;
    check(&left, true);
}

#[tokio::test]
async fn the_end_of_a_call_reads_the_same_on_all_signals() {
    let all = |all: &RpcLayer| all.clone();
    let failed = left(all, || Err(Status::not_found("who?"))).await;
    let span = &failed.spans[0];
    let attribute = |name: &str| {
        let found = span
            .attributes
            .iter()
            .find(|found| found.key.as_str() == name);
        found.map_or(String::new(), |found| found.value.to_string())
    };
    assert_eq!(
        span.name,
        "temporal.api.workflowservice.v1.WorkflowService/Any"
    );
    assert_eq!(attribute("rpc.system.name"), "grpc");
    assert_eq!(attribute("rpc.method"), span.name);
    assert_eq!(attribute("rpc.status_code"), "NOT_FOUND");
    assert_eq!(attribute("error.type"), "NOT_FOUND");
    assert_eq!(attribute("server.address"), "localhost");
    assert_eq!(attribute("server.port"), "7233");
    assert_eq!(span.status, opentelemetry::trace::Status::error(""));
    let line = &failed.lines[0];
    assert_eq!(line.level, tracing::Level::WARN);
    assert_eq!(line.field("rpc_status_code"), Some("NOT_FOUND"));
    assert_eq!(failed.ends.len(), 1);
    assert_eq!(failed.ends[0].error_type(), Some("NOT_FOUND"));
    // What the server says may name people or amounts.
    assert!(!format!("{span:?}{line:?}").contains("who?"));

    let ended = left(all, || Ok(())).await;
    assert_eq!(ended.lines[0].level, tracing::Level::DEBUG);
    assert_eq!(ended.ends, [Outcome::Completed]);
    assert_eq!(ended.spans[0].status, opentelemetry::trace::Status::Unset);
}
