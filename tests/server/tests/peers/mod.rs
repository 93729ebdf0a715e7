//! Servers, workers and clients of other languages.

mod java;
mod scenarios;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use chronoscope_testserver::TestServer;

/// The interpreter of a virtual environment that has Temporal's SDK.
fn python() -> &'static PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backends/python");
        let output = Command::new(script).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}

async fn run(script: &str, arguments: Vec<String>) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers")
        .join(script);
    let ran = tokio::task::spawn_blocking(move || -> Output {
        Command::new(python())
            .arg(script)
            .args(arguments)
            .output()
            .unwrap()
    });
    let output = ran.await.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pythons_worker_and_client_run_over_a_socket() {
    let server = TestServer::start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let said = run("worker.py", vec![address.to_string()]).await;
    assert_eq!(said, "Hello, Ada!\ndone\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn pythons_workflow_sleeps_a_year() {
    let server = TestServer::builder().auto_skip().start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let said = run("worker.py", vec![address.to_string(), "year".to_owned()]).await;
    assert_eq!(said, "a year later\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn pythons_time_skipping_environment_takes_the_program() {
    let program = env!("CARGO_BIN_EXE_chronoscope-testserver").to_owned();
    let said = run("skipping.py", vec![program]).await;
    // The program's own first line is its address.
    assert_eq!(said.lines().last(), Some("a year later"), "{said}");
}
