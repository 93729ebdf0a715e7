//! Makes calls on the client's own connection or through the bridge, for `tests/bench/bridge` to
//! count their instructions.
//!
//! `bridge own|relayed|bridged|stacked3|stacked10|observed ADDRESS TIMES`, gzip and balancing off on
//! all sides. `relayed` is the least that any bridge through the client's `service_override` does.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "cases/atomics.rs"]
mod atomics;
#[path = "cases/nowhere.rs"]
mod nowhere;
#[path = "cases/relay.rs"]
mod relay;

use std::hint::black_box;

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
use tower::{Layer as _, util::MapRequestLayer};

fn main() {
    let flags: Vec<String> = std::env::args()
        .skip(1)
        .filter(|flag| flag != "--bench")
        .collect();
    let [mode, address, times] = &flags[..] else {
        println!("bridge own|relayed|bridged|stacked3|stacked10|observed ADDRESS TIMES");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let options = ConnectionOptions::new(Url::parse(&format!("http://{address}")).unwrap())
        .grpc_compression(GrpcCompression::None)
        .dns_load_balancing(None)
        .keep_alive(None)
        .build();
    let options = match &**mode {
        "own" => options,
        "relayed" => runtime.block_on(relay::through(options)),
        "bridged" => stacked(0).layer(options).unwrap(),
        "stacked3" => stacked(3).layer(options).unwrap(),
        "stacked10" => stacked(10).layer(options).unwrap(),
        _ => {
            let observability = Observability::builder()
                .metrics(Atomics)
                .span_processor(Nowhere)
                .build();
            let bridge = Stack::new().all(observability.rpc());
            bridge.layer(options).unwrap()
        }
    };
    runtime.block_on(calls(options, times.parse().unwrap()));
}

/// A bridge with layers that do next to nothing.
fn stacked(layers: usize) -> Stack {
    (0..layers).fold(Stack::new(), |bridge, _| {
        bridge.calls(MapRequestLayer::new(black_box::<rpc::Request>))
    })
}

async fn calls(options: ConnectionOptions, times: usize) {
    let mut connection = Connection::connect(options).await.unwrap();
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
