//! The figures that a worker sends the server in its heartbeats, read back from there.

use std::time::Duration;

use chronoscope::Observability;
use metrics::NoopRecorder;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, tonic::Request,
};
use temporalio_common::protos::temporal::api::{
    worker::v1::{WorkerHeartbeat, WorkerPollerInfo, WorkerSlotsInfo},
    workflowservice::v1::ListWorkersRequest,
};
use temporalio_sdk::{Runtime, Worker, runtime::RuntimeOptions};
use tower::Layer as _;

use crate::{
    scenarios,
    support::{Server, unique},
};

const NAMESPACE: &str = "default";

/// What the server keeps of the worker's heartbeat, once it says that pollers are at work.
async fn polling(client: &Client, queue: &str) -> WorkerHeartbeat {
    loop {
        let request = ListWorkersRequest {
            namespace: NAMESPACE.to_owned(),
            page_size: 10,
            ..Default::default()
        };
        let mut service = client.connection().workflow_service();
        let answer = service.list_workers(Request::new(request)).await.unwrap();
        #[allow(deprecated, reason = "what servers of this age answer with")]
        let workers = answer.into_inner().workers_info;
        let mut heartbeats = workers.into_iter().filter_map(|info| info.worker_heartbeat);
        let own = heartbeats.find(|heartbeat| heartbeat.task_queue == queue);
        if let Some(own) = own
            && pollers(own.workflow_poller_info.as_ref()) > 0
        {
            return own;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn pollers(info: Option<&WorkerPollerInfo>) -> i32 {
    info.map_or(0, |info| info.current_pollers)
}

fn slots(info: Option<&WorkerSlotsInfo>) -> (i32, i32) {
    info.map_or((0, 0), |info| {
        (info.current_available_slots, info.current_used_slots)
    })
}

/// Runs a worker until the server has a heartbeat of it.
async fn heartbeat(observability: &Observability, address: &str) -> WorkerHeartbeat {
    let layer = observability.layer();
    let url = Url::parse(&format!("http://{address}")).unwrap();
    let connection = Connection::connect(layer.layer(ConnectionOptions::new(url).build()));
    let client_options = layer.layer(ClientOptions::new(NAMESPACE).build());
    let client = Client::new(connection.await.unwrap(), client_options).unwrap();
    let queue = unique("heartbeats");
    let runtime = RuntimeOptions::builder()
        .telemetry_options(observability.telemetry_options())
        .heartbeat_interval(Some(Duration::from_secs(1)))
        .build()
        .unwrap();
    let runtime = Runtime::from_current_tokio(runtime).unwrap();
    let options = layer.layer(scenarios::worker(&queue, 10));
    let mut worker = Worker::new(&runtime, client.clone(), options).unwrap();
    let shutdown = worker.shutdown_handle();
    let body = async {
        let heartbeat = polling(&client, &queue).await;
        shutdown();
        heartbeat
    };
    let (ran, heartbeat) = tokio::join!(worker.run(), body);
    ran.unwrap();
    heartbeat
}

#[tokio::test]
#[ignore = "real: workers' heartbeats"]
async fn the_server_learns_how_many_pollers_and_slots_there_are() {
    let flags = ["WorkerHeartbeatsEnabled", "ListWorkersEnabled"]
        .map(|name| format!("--dynamic-config-value=frontend.{name}=true"));
    let server = Server::start_with(NAMESPACE, &flags).await.unwrap();
    let with = Observability::builder()
        .metrics(|m| m.recorder(NoopRecorder))
        .build()
        .unwrap();
    let without = Observability::builder().build().unwrap();
    let with = heartbeat(&with, server.address()).await;
    // Without chronoscope's meter: the core's own metric.
    let without = heartbeat(&without, server.address()).await;
    for heartbeat in [&with, &without] {
        assert!(pollers(heartbeat.activity_poller_info.as_ref()) > 0);
    }
    let free = slots(with.activity_task_slots_info.as_ref());
    assert!(free.0 > 0, "{with:#?}");
    assert_eq!(free, slots(without.activity_task_slots_info.as_ref()));
    let workflow = |heartbeat: &WorkerHeartbeat| {
        let (available, used) = slots(heartbeat.workflow_task_slots_info.as_ref());
        available + used
    };
    assert_eq!(workflow(&with), workflow(&without));
}
