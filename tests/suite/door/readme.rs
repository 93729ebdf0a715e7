//! README's first program, as it stands there.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use chronoscope_testserver::TestServer;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};

use super::process::{Part, eventually, part};
use crate::support::{free_port, http};

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
    let prometheus = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
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
