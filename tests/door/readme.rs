//! README's first program, as it stands there.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
};

use chronoscope_testserver::TestServer;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};

use super::{
    process::{Part, eventually, output, part},
    support::http,
};

mod first {
    include!("first.rs");

    pub fn run() {
        main().unwrap();
    }

    /// Starts a workflow of the program's type.
    pub async fn order(client: &Client) {
        let options = temporalio_client::WorkflowStartOptions::new("orders", "order-7").build();
        let started = client.start_workflow(Order::run, "socks".to_owned(), options);
        started.await.unwrap();
    }
}

/// A port that is free, most likely until it is taken.
pub fn free() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// A Temporal server, and its address.
pub async fn server() -> (TestServer, SocketAddr) {
    let server = TestServer::builder().namespace("default").start().await;
    let address = server
        .listen((Ipv4Addr::LOCALHOST, 0).into())
        .await
        .unwrap();
    (server, address)
}

#[test]
#[ignore = "a part of another test"]
fn program() {
    first::run();
}

#[test]
fn readme_has_the_program_that_is_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let program = include_str!("first.rs");
    assert!(readme.contains(&format!("```rust,no_run\n{program}```")));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_scrape_has_the_core_beside_a_users_counter() {
    let (_server, temporal) = server().await;
    let prometheus = free();
    let mut command = part("readme::program");
    let _worker = Part::start(
        command
            .env("TEMPORAL_ADDRESS", temporal.to_string())
            .env("OTEL_METRICS_EXPORTER", "prometheus")
            .env(
                "OTEL_EXPORTER_PROMETHEUS_PORT",
                prometheus.port().to_string(),
            ),
    );
    let url = Url::parse(&format!("http://{temporal}")).unwrap();
    let connection = Connection::connect(ConnectionOptions::new(url).build());
    let options = ClientOptions::new("default").build();
    let client = Client::new(connection.await.unwrap(), options).unwrap();
    first::order(&client).await;
    let wanted = [
        "orders_started_total{",
        "temporal_worker_task_slots_available{",
        "temporal_num_pollers{",
        "temporal_workflow_task_execution_latency_seconds_count{",
        "temporal_workflow_endtoend_latency_seconds_count{",
        "temporal_request_latency_seconds_count{",
    ];
    let missing = |page: &str| -> Vec<_> {
        let lacks = |series: &&str| !page.contains(*series);
        wanted.into_iter().filter(lacks).collect()
    };
    let page = eventually(async || {
        let page = tokio::task::spawn_blocking(move || http::get(prometheus, "/metrics"));
        let page = page.await.unwrap().ok()?;
        missing(&page).is_empty().then_some(page)
    });
    let page = page.await;
    let counted = page.lines().find(|line| line.starts_with(wanted[0]));
    let counted = counted.unwrap();
    assert!(
        counted.contains(r#"workflow_type="Order""#) && counted.ends_with(" 1"),
        "{counted}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_with_a_subscriber_of_its_own_greets() {
    let tests = std::env::current_exe().unwrap();
    let examples = tests.ancestors().nth(2).unwrap().join("examples");
    let program = examples.join("your_own_subscriber");
    assert!(
        program.exists(),
        "{} is not built: run all tests",
        program.display()
    );
    let (_server, temporal) = server().await;
    let mut command = std::process::Command::new(program);
    command
        .env("TEMPORAL_ADDRESS", temporal.to_string())
        .env("NO_COLOR", "1")
        .env_remove("RUST_LOG");
    let ran = tokio::task::spawn_blocking(move || output(&mut command));
    let (succeeded, text) = ran.await.unwrap();
    assert!(succeeded, "{text}");
    assert!(text.contains("Hello, Temporal!"), "{text}");
    for (message, id) in [
        ("your_own_subscriber: greeting", "workflow_type"),
        ("your_own_subscriber: composing", "activity_type"),
    ] {
        let is_it = |line: &&str| line.contains(message) && line.contains(id);
        assert_eq!(text.lines().filter(is_it).count(), 1, "{message}: {text}");
    }
}
