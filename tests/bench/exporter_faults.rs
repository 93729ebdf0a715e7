//! Workflows per second with the collector of spans and log records up, and with none, a slow one, a silent one or
//! one that refuses: work must not wait for telemetry.
//!
//! `cargo bench -p chronoscope-bench --bench exporter_faults`. All take turns, on the in-process test
//! server; what is printed are the medians, the ratio of each to that with the collector up, and
//! what happened to spans and records. Budget: at least 0.98. A second contender whose collector is up as
//! well says how much of a ratio is noise.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "../suite/support/collector/faulty.rs"]
mod faulty;
#[path = "../../src/introspect/routes.rs"]
mod routes;
#[path = "cases/steps.rs"]
mod steps;

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Instant,
};

use chronoscope::{Observability, export};
use chronoscope_testserver::TestServer;
use faulty::Fault;
use futures::{StreamExt as _, stream};
use steps::{Steps, Work};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowStartOptions,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tower::Layer as _;
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

const ROUNDS: usize = 11;
const RUNS: usize = 200;
const AT_ONCE: usize = 20;

/// One of those that take turns.
struct Contender {
    name: &'static str,
    observability: Observability,
    /// Makes log records of what workflow code logs, which runs on the main thread.
    subscriber: Dispatch,
    client: Client,
    per_second: Vec<f64>,
}

impl Contender {
    async fn new(name: &'static str, endpoint: String, server: SocketAddr) -> Self {
        let collector = export::Collector::at(endpoint);
        let observability = Observability::builder()
            .traces(|t| t.otlp(collector.clone()))
            .logs(|l| l.otlp(collector))
            .build()
            .unwrap();
        let records = observability.log_record_layer();
        let layer = observability.layer();
        let url = Url::parse(&format!("http://{server}")).unwrap();
        let connection = Connection::connect(layer.layer(ConnectionOptions::new(url).build()));
        let options = layer.layer(ClientOptions::new("default").build());
        Self {
            name,
            subscriber: tracing_subscriber::registry().with(records).into(),
            client: Client::new(connection.await.unwrap(), options).unwrap(),
            observability,
            per_second: Vec::new(),
        }
    }

    /// Takes a turn, on a worker of its own.
    async fn turn(&mut self, round: usize) {
        let _default = tracing::dispatcher::set_default(&self.subscriber);
        let queue = format!("{}-{round}", self.name);
        let options = WorkerOptions::new(&*queue)
            .register_activities(Steps)
            .register_workflow::<Work>()
            .unwrap()
            .build();
        let options = self.observability.wrap(options);
        let runtime = Runtime::from_current_tokio(Default::default()).unwrap();
        let mut worker = Worker::new(&runtime, self.client.clone(), options).unwrap();
        let shutdown = worker.shutdown_handle();
        let client = &self.client;
        let work = async {
            // The first few find everything cold.
            run(client, &queue, 0..AT_ONCE).await;
            let started = Instant::now();
            run(client, &queue, AT_ONCE..AT_ONCE + RUNS).await;
            let took = started.elapsed();
            shutdown();
            took
        };
        let (ran, took) = tokio::join!(worker.run(), work);
        ran.unwrap();
        // The first round warms up.
        if round > 0 {
            self.per_second.push(RUNS as f64 / took.as_secs_f64());
        }
    }

    fn median(&mut self) -> f64 {
        self.per_second.sort_by(f64::total_cmp);
        self.per_second[self.per_second.len() / 2]
    }
}

async fn run(client: &Client, queue: &str, ids: std::ops::Range<usize>) {
    let run = async |n| {
        let options = WorkflowStartOptions::new(queue, format!("{queue}-{n}")).build();
        let run = client.start_workflow(Work::run, 0, options).await.unwrap();
        let end = run.get_result(WorkflowGetResultOptions::default());
        assert_eq!(end.await.unwrap(), 3);
    };
    stream::iter(ids).for_each_concurrent(AT_ONCE, run).await;
}

#[tokio::main]
async fn main() {
    let server = TestServer::builder().namespace("default").start().await;
    let address = server
        .listen((Ipv4Addr::LOCALHOST, 0).into())
        .await
        .unwrap();
    let collectors = [
        ("up", Fault::None),
        ("up again", Fault::None),
        ("down", Fault::Down),
        ("slow", Fault::Slow),
        ("silent", Fault::Silent),
        ("refusing", Fault::Refusing),
    ];
    let mut contenders = Vec::new();
    for (name, fault) in collectors {
        let endpoint = fault.start().await;
        contenders.push(Contender::new(name, endpoint, address).await);
    }
    for round in 0..=ROUNDS {
        // Nobody is always first.
        contenders.rotate_left(1);
        for contender in &mut contenders {
            contender.turn(round).await;
        }
    }
    contenders.sort_by_key(|contender| contender.name != "up");
    let up = contenders[0].median();
    for contender in &mut contenders {
        let (name, median) = (contender.name, contender.median());
        let health = contender.observability.health();
        let (spans, records) = (health.spans, health.records);
        println!(
            "{name:8} {median:7.1} workflows/s, ratio {:.3}; {spans:?}, {records:?}",
            median / up
        );
    }
}
