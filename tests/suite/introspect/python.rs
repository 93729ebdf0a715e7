//! A client in Python that knows nothing but the address.

use std::{net::SocketAddr, path::Path};

use chronoscope::Observability;
use serde_json::{Value, json};
use temporalio_sdk::WorkerOptions;
use tokio::process::Command;

use super::serve;
use crate::support::{backend, connect, observed, unique};

async fn ask(address: SocketAddr, method: &str, request: Value) -> Value {
    let python = Command::new(backend("python")).output().await.unwrap();
    assert!(
        python.status.success(),
        "{}",
        String::from_utf8_lossy(&python.stderr)
    );
    let python = String::from_utf8(python.stdout).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/introspect/client.py");
    let output = Command::new(python.trim())
        .arg(script)
        .args([&address.to_string(), method, &request.to_string()])
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: Python"]
async fn a_client_in_python_finds_everything_by_reflection() {
    let (observability, address) = serve(Observability::builder());
    let temporal = connect(Some(&observability)).await;
    let queue = unique("abroad");
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<crate::scenarios::Activities>()
        .unwrap()
        .build();
    observed(&temporal, &observability, options, async {
        let told = ask(address, "ListWorkers", json!({})).await;
        let services: Vec<_> = told["services"].as_array().unwrap().iter().collect();
        for expected in [
            "chronoscope.introspect.v1.Introspect",
            "grpc.health.v1.Health",
        ] {
            assert!(
                services.iter().any(|name| **name == expected),
                "{services:?}"
            );
        }
        let methods = json!([
            "GetHealth",
            "ListActivities",
            "ListEvents",
            "ListPendingActivities",
            "ListRuns",
            "ListWorkers",
            "WatchActivities",
            "WatchEvents",
            "WatchHealth",
            "WatchRuns",
            "WatchWorkers",
        ]);
        assert_eq!(told["methods"], methods);
        assert_eq!(told["answer"]["workers"][0]["taskQueue"], queue);
        let request = json!({"filter": {"stuck": true}, "pace": {"interval": "0.5s"}});
        let told = ask(address, "WatchRuns", request).await;
        assert_eq!(told["answer"]["tick"]["number"], "1");
        assert_eq!(told["answer"]["runs"], json!([]));
    })
    .await;
}
