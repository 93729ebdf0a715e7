//! A process that encrypts emits no clear text in any output.

use std::net::{SocketAddr, TcpListener};

use chronoscope::introspect::v1::{GetHealthRequest, ListEventsRequest, ListRunsRequest};
use tokio::task::spawn_blocking;

use super::needles::{leaks, secret};
use crate::{
    introspect,
    programs::{Running, on_server},
    support::{collector::Collector, http, unique},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_argument_or_result_is_in_any_telemetry() {
    let (collector, endpoint) = Collector::start().await;
    let file = std::env::temp_dir().join(format!("{}.jsonl", unique("encryption")));
    let [prometheus, inside] = [free(), free()];
    let mut command = on_server("encryption").await;
    command
        .args(["--hold", "--cache", "0", "--runs", "2"])
        .args(["--secret", &secret("patient")])
        .args(["--otlp", &endpoint])
        .args(["--prometheus", &prometheus.to_string()])
        .args(["--introspect", &inside.to_string()])
        .arg("--log-file")
        .arg(&file)
        .env("RUST_LOG", "trace");
    let mut program = Running::start(command);
    program.until("still serving; press Ctrl-C to stop").await;
    let page = spawn_blocking(move || http::get(prometheus, "/metrics").unwrap());
    let page = page.await.unwrap();
    let inside = look_inside(inside).await;
    // As Ctrl-C does.
    let (status, console) = program.end("-INT").await;
    assert!(status.success(), "{console}");
    let log = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(file).unwrap();

    // There is something to look at everywhere.
    let raw = String::from_utf8_lossy(&collector.raw()).into_owned();
    for (place, text, known) in [
        ("console", &console, "bytes of binary/encrypted"),
        ("file", &log, "patient received"),
        ("page", &page, "temporal_workflow_completed_total"),
        ("introspection", &inside, "log_events"),
        ("collector", &raw, "RunWorkflow:Consultation"),
        ("collector", &raw, "temporal_workflow_completed"),
    ] {
        assert!(text.contains(known), "{known} is not in the {place}");
        let leaks = leaks(text);
        assert!(
            leaks.is_empty(),
            "{place}: {:#?}",
            &leaks[..leaks.len().min(5)]
        );
    }
}

/// An address that nobody serves on.
fn free() -> SocketAddr {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    free.local_addr().unwrap()
}

/// All that the introspection service says.
async fn look_inside(address: SocketAddr) -> String {
    let mut inside = introspect::client(address).await;
    let runs = inside.list_runs(ListRunsRequest::default()).await.unwrap();
    let events = inside.list_events(ListEventsRequest::default()).await;
    let health = inside.get_health(GetHealthRequest {}).await.unwrap();
    format!("{runs:#?}\n{:#?}\n{health:#?}", events.unwrap())
}
