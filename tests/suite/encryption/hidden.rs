//! No clear text comes out of a process that encrypts, wherever one looks.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Command, Stdio},
};

use chronoscope::introspect::v1::{GetHealthRequest, ListEventsRequest, ListRunsRequest};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    task::spawn_blocking,
};

use super::needles::{leaks, secret};
use crate::{
    introspect,
    programs::on_server,
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
        .env("RUST_LOG", "trace")
        .stdout(Stdio::piped());
    let mut process = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut console = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let holds = line.starts_with("holding");
        console = console + &line + "\n";
        if holds {
            break;
        }
    }
    let page = spawn_blocking(move || http::get(prometheus, "/metrics").unwrap());
    let page = page.await.unwrap();
    let inside = look_inside(inside).await;
    interrupt(process.id().unwrap());
    lines
        .into_inner()
        .read_to_string(&mut console)
        .await
        .unwrap();
    assert!(process.wait().await.unwrap().success(), "{console}");
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

/// Ends a process as Ctrl-C does.
fn interrupt(process: u32) {
    let process = process.to_string();
    let ended = Command::new("kill").args(["-INT", &process]).status();
    assert!(ended.unwrap().success());
}
