//! The stack on a real server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chronoscope::{
    Observability, export,
    metrics::export::Otlp,
    rpc::{Request, Response, Retries, Stack},
};
use http::HeaderValue;
use temporalio_client::{
    Client, ClientOptions,
    tonic::{Code, Status},
};
use tower::{
    BoxError, Layer, ServiceExt as _,
    util::{BoxCloneSyncService, MapRequestLayer},
};

use super::{Passed, bridged, count, measured, options, rpc};
use crate::{
    scenarios::{self, Activities},
    support::{
        Lines, address,
        collector::{Collector, Sent},
        end, namespace, start, unique, work,
    },
};

async fn target() -> String {
    format!("http://{}", address().await)
}

/// A layer that fails a method's next calls before they leave.
#[derive(Clone)]
struct Failing(Arc<Mutex<usize>>, &'static str);

impl Layer<chronoscope::rpc::RpcService> for Failing {
    type Service = chronoscope::rpc::RpcService;

    fn layer(&self, inner: Self::Service) -> Self::Service {
        let Self(left, method) = self.clone();
        BoxCloneSyncService::new(tower::service_fn(move |request: Request| {
            let fails = rpc(&request) == method && {
                let mut left = left.lock().unwrap();
                let fails = *left > 0;
                *left = left.saturating_sub(1);
                fails
            };
            let inner = inner.clone();
            async move {
                if fails {
                    return Err(Status::unavailable("injected").into());
                }
                let answer: Result<Response, BoxError> = inner.oneshot(request).await;
                answer
            }
        }))
    }
}

#[tokio::test]
#[ignore = "real: the real server's refusal of a client"]
async fn a_retry_budget_and_a_header_show_on_the_real_server_and_in_metrics() {
    const COUNT: &str = "CountWorkflowExecutions";
    let (observability, durations) = measured();
    let left = Arc::new(Mutex::new(0));
    // What the server makes of this header is that it is too new for the client.
    let too_new = Arc::new(Mutex::new(false));
    let asked = too_new.clone();
    let header = MapRequestLayer::new(move |mut request: Request| {
        if *asked.lock().unwrap() {
            let versions = HeaderValue::from_static("<0.1.0");
            request
                .headers_mut()
                .insert("supported-server-versions", versions);
        }
        request
    });
    let stack = Stack::new()
        .retrying(Retries::at_most(3))
        .calls(header)
        .calls(Failing(left.clone(), COUNT))
        .all(observability.rpc());
    let connection = bridged(&stack, options(&target().await)).await;
    let namespace = namespace().await;

    // What fails before it leaves never was a call of the leaf's.
    *left.lock().unwrap() = 2;
    count(&connection, namespace).await.unwrap();
    assert_eq!(durations.of(COUNT, "OK"), 1);
    *left.lock().unwrap() = 4;
    let failed = count(&connection, namespace).await.unwrap_err();
    assert_eq!(failed.message(), "injected");

    *too_new.lock().unwrap() = true;
    let refused = count(&connection, namespace).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert!(!refused.details().is_empty(), "{refused:?}");
    assert_eq!(durations.of(COUNT, "FAILED_PRECONDITION"), 1);
    assert_eq!(durations.of(COUNT, "OK"), 1);
    assert_eq!(durations.of("GetSystemInfo", "OK"), 1);
}

#[tokio::test]
async fn a_worker_on_the_bridge_does_its_work_and_each_call_is_seen_once() {
    let (collector, endpoint) = Collector::start().await;
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let durations = super::Durations(recorder.snapshotter(), Mutex::default());
    let observability = Observability::builder()
        .metrics(|m| m.recorder(recorder))
        .traces(|t| t.otlp(export::Collector::at(endpoint)))
        .build()
        .unwrap();
    let (lines, passed) = (Lines::default(), Passed::default());
    let default = lines.set_default();
    let stack = Stack::new().all(passed.clone()).all(observability.rpc());
    let layer = observability.layer();
    let connection = bridged(&stack, layer.layer(options(&target().await))).await;
    let client_options = layer.layer(ClientOptions::new(namespace().await).build());
    let client = Client::new(connection, client_options).unwrap();
    let queue = unique("bridged");
    let worker = layer.layer(scenarios::worker(&queue, 10));
    let workflow = work(&client, worker, async {
        let handle = start(&client, &queue, Activities::run, ()).await;
        assert_eq!(end(&handle).await, 2);
        handle.info().workflow_id.clone()
    })
    .await;
    drop(client);
    drop(default);
    let shut = observability.clone();
    tokio::task::spawn_blocking(move || shut.shutdown())
        .await
        .unwrap();

    assert_eq!(durations.total(), passed.total());
    assert!(passed.of("PollWorkflowTaskQueue") > 0);
    assert!(passed.of("RespondActivityTaskCompleted") >= 4);

    let started = lines.of("chronoscope::rpc");
    let started: Vec<_> = started
        .iter()
        .filter(|line| {
            line["fields"]["rpc_method"]
                .as_str()
                .unwrap()
                .ends_with("/StartWorkflowExecution")
        })
        .collect();
    assert_eq!(started.len(), 1);
    assert_eq!(started[0]["workflow_id"], *workflow);
    assert_eq!(started[0]["namespace"], namespace().await);

    let spans = collector.spans();
    let named = |name: &str| {
        let mut spans = spans.iter().filter(|span| span.name == name);
        spans.next().unwrap_or_else(|| panic!("no span {name}"))
    };
    let caller = named("StartWorkflow:Activities");
    let call = named("temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution");
    assert_eq!((&call.parent, &call.trace), (&caller.id, &caller.trace));
    assert_eq!(call.attribute("temporalWorkflowID"), workflow);
    assert_eq!(call.attribute("temporalNamespace"), namespace().await);
    assert_eq!(call.attribute("rpc.status_code"), "OK");
    assert_eq!(started[0]["trace_id"], *call.trace);
    // Long polls have none.
    assert!(!spans.iter().any(|span| span.name.contains("/Poll")));
}

#[tokio::test]
async fn no_id_is_a_label_of_calls() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let observability = Observability::builder()
        .metrics(|m| m.recorder(recorder))
        .build()
        .unwrap();
    let stack = Stack::new().all(observability.rpc());
    let connection = bridged(&stack, options(&target().await)).await;
    count(&connection, namespace().await).await.unwrap();
    count(&connection, "missing").await.unwrap_err();
    let known = [
        "rpc_system_name",
        "rpc_method",
        "rpc_status_code",
        "error_type",
        "server_address",
        "server_port",
    ];
    let mut seen = 0;
    for (key, ..) in snapshotter.snapshot().into_vec() {
        if key.key().name().starts_with("rpc_") {
            assert_eq!(key.key().name(), "rpc_client_call_duration_seconds");
            seen += 1;
            let mut labels = key.key().labels();
            assert!(labels.all(|label| known.contains(&label.key())), "{key:?}");
        }
    }
    assert_eq!(seen, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_a_collector_metrics_bear_the_names_of_the_conventions() {
    let (collector, endpoint) = Collector::start().await;
    let otlp = Otlp::to(export::Collector::at(endpoint)).interval(Duration::from_secs(3600));
    let observability = Observability::builder()
        .metrics(|m| m.otlp(otlp))
        .build()
        .unwrap();
    let stack = Stack::new().all(observability.rpc());
    let connection = bridged(&stack, options(&target().await)).await;
    count(&connection, "missing").await.unwrap_err();
    observability.shutdown();

    let (host, port) = address().await.split_once(':').unwrap();
    let series = format!(
        "rpc.client.call.duration{{error.type=NOT_FOUND,rpc.method=temporal.api.workflowservice.v1.\
         WorkflowService/CountWorkflowExecutions,rpc.status_code=NOT_FOUND,rpc.system.name=grpc,\
         server.address={host},server.port={port}}}"
    );
    let sent = collector.series();
    let Some(Sent::Histogram { count, bounds, .. }) = sent.get(&series) else {
        panic!("no {series} in {sent:#?}");
    };
    assert_eq!(
        (*count, bounds.first(), bounds.last()),
        (1, Some(&0.005), Some(&10.0))
    );
    let (unit, _) = collector.described("rpc.client.call.duration").unwrap();
    assert_eq!(unit, "s");
}
