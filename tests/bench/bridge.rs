//! Makes calls on the client's own connection or through a stack, for `tests/bench/bridge` to count
//! their instructions, and to tell how many of them pass in a second.
//!
//! `bridge MODE ADDRESS TIMES [gzip] [inflight=N|rate=N] [connections=N]`, balancing off on all
//! sides, and compression unless it is asked for. `relayed` is the least that anything behind the
//! client's `service_override` does. With `inflight` it prints calls a second, with `rate`, which
//! is of tasks a second, the milliseconds that half of all calls take at most, and all but one of a
//! hundred.

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

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

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
use tokio::task::JoinSet;
use tower::util::MapRequestLayer;

const USAGE: &str = "bridge own|relayed|bare|stacked1|stacked3|stacked10|observed ADDRESS TIMES \
                     [gzip] [inflight=N|rate=N] [connections=N]";

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
    let connect = async { Connection::connect(options).await.unwrap() };
    let several = || tokio::runtime::Runtime::new().unwrap();
    match (number("inflight="), number("rate=")) {
        (Some(in_flight), _) => {
            several().block_on(async { throughput(connect.await, times, in_flight).await })
        }
        (_, Some(rate)) => several().block_on(async { latency(connect.await, times, rate).await }),
        _ => runtime.block_on(async { calls(connect.await, times).await }),
    }
}

async fn throughput(connection: Connection, times: usize, in_flight: usize) {
    let started = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..in_flight {
        callers.spawn(calls(connection.clone(), times / in_flight));
    }
    callers.join_all().await;
    println!("{:.0}", times as f64 / started.elapsed().as_secs_f64());
}

/// Does tasks of two calls each, as a workflow task is polled for and answered, at a steady rate
/// however long they take.
async fn latency(connection: Connection, times: usize, rate: usize) {
    let mut turns = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate).unwrap());
    let mut tasks = JoinSet::new();
    for _ in 0..times {
        turns.tick().await;
        let connection = connection.clone();
        tasks.spawn(async move {
            let started = Instant::now();
            calls(connection, 2).await;
            started.elapsed() / 2
        });
    }
    let mut took = tasks.join_all().await;
    took.sort_unstable();
    let millis = |share: usize| took[took.len() * share / 100].as_secs_f64() * 1000.0;
    println!("{:.2} {:.2}", millis(50), millis(99));
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
