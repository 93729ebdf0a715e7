//! Makes calls on the client's own connection or through a stack, for `tests/bench/bridge` to count
//! their instructions, and to tell how many of them pass in a second.
//!
//! `bridge MODE ADDRESS TIMES [gzip] [inflight=N] [connections=N]`, balancing off on all sides, and
//! compression unless it is asked for. `relayed` is the least that anything behind the client's
//! `service_override` does.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

#[path = "cases/atomics.rs"]
mod atomics;
#[path = "cases/nowhere.rs"]
mod nowhere;
#[path = "cases/relay.rs"]
mod relay;

use std::{hint::black_box, time::Instant};

use atomics::Atomics;
use chronoscope::{
    Observability,
    rpc::{self, Stack},
};
use nowhere::Nowhere;
use temporalio_client::{
    Connection, ConnectionOptions, GrpcCompression, Url, grpc::WorkflowService, tonic::Request,
};
use temporalio_common::protos::temporal::api::workflowservice::v1::CountWorkflowExecutionsRequest;
use tower::util::MapRequestLayer;

const USAGE: &str = "bridge own|relayed|bare|stacked1|stacked3|stacked10|observed ADDRESS TIMES \
                     [gzip] [inflight=N] [connections=N]";

fn main() {
    let flags: Vec<String> = std::env::args()
        .skip(1)
        .filter(|flag| flag != "--bench")
        .collect();
    let [mode, address, times, asked @ ..] = &flags[..] else {
        println!("{USAGE}");
        return;
    };
    let number = |name: &str| {
        let mut values = asked.iter().filter_map(|flag| flag.strip_prefix(name));
        values.next().map(|number| number.parse::<usize>().unwrap())
    };
    let compression = match asked.iter().any(|flag| flag == "gzip") {
        true => GrpcCompression::Gzip,
        false => GrpcCompression::None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let options = ConnectionOptions::new(Url::parse(&format!("http://{address}")).unwrap())
        .grpc_compression(compression)
        .dns_load_balancing(None)
        .keep_alive(None)
        .build();
    let stack = |stack: Stack| stack.connections(number("connections=").unwrap_or(1));
    let options = match &**mode {
        "own" => options,
        "relayed" => runtime.block_on(relay::through(options)),
        "bare" => stack(Stack::new()).wrap(options).unwrap(),
        "stacked1" => stack(stacked(1)).wrap(options).unwrap(),
        "stacked3" => stack(stacked(3)).wrap(options).unwrap(),
        "stacked10" => stack(stacked(10)).wrap(options).unwrap(),
        _ => {
            let observability = Observability::builder()
                .metrics(|m| m.recorder(Atomics))
                .traces(|t| t.processor(Nowhere))
                .build()
                .unwrap();
            let observed = Stack::new().all(observability.rpc());
            stack(observed).wrap(options).unwrap()
        }
    };
    let times: usize = times.parse().unwrap();
    let Some(in_flight) = number("inflight=") else {
        return runtime.block_on(async {
            calls(Connection::connect(options).await.unwrap(), times).await;
        });
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let started = runtime.block_on(async {
        let connection = Connection::connect(options).await.unwrap();
        let started = Instant::now();
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..in_flight {
            callers.spawn(calls(connection.clone(), times / in_flight));
        }
        callers.join_all().await;
        started
    });
    println!("{:.0}", times as f64 / started.elapsed().as_secs_f64());
}

/// A stack of layers that do next to nothing.
fn stacked(layers: usize) -> Stack {
    (0..layers).fold(Stack::new(), |stack, _| {
        stack.calls(MapRequestLayer::new(black_box::<rpc::Request>))
    })
}

async fn calls(mut connection: Connection, times: usize) {
    for _ in 0..times {
        let request = CountWorkflowExecutionsRequest {
            namespace: "default".to_owned(),
            query: "WorkflowType = 'Order' AND ExecutionStatus = 'Running'".to_owned(),
        };
        let counted =
            WorkflowService::count_workflow_executions(&mut connection, Request::new(request));
        counted.await.unwrap();
    }
}
