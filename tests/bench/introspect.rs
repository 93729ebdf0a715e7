//! Workflows per second with ten readers streaming from the introspection service, one of which
//! never reads, and without the service.
//!
//! `cargo bench -p chronoscope-bench --bench introspect`. Both take turns on the in-process test server,
//! pair after pair, each pair in another order; what is printed is the median of the pairs' ratios
//! with its 95% confidence interval (that of the order statistics), and what the readers got.
//! Budget: at least 0.98. A second row, of pairs without the service on either side, says how much
//! is noise. `CHRONOSCOPE_PAIRS` sets how many pairs; 20 is the least that says something, and the
//! default.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "cases/steps.rs"]
mod steps;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chronoscope::{
    Observability,
    introspect::v1::{introspect_client::IntrospectClient, *},
};
use chronoscope_testserver::TestServer;
use futures::future::join_all;
use steps::{Steps, Work};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowStartOptions,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};
use tonic::{
    Streaming,
    transport::{Channel, Endpoint},
};
use tower::Layer as _;

const PAIRS: usize = 20;
const WARM_UP: Duration = Duration::from_millis(500);
/// Long enough for streams to tick.
const TURN: Duration = Duration::from_secs(3);
const AT_ONCE: usize = 20;

/// Those who read, on a thread of their own as another process would be.
struct Readers {
    messages: Arc<AtomicU64>,
    _ends: tokio::sync::oneshot::Sender<()>,
}

type Reader = IntrospectClient<Channel>;

impl Readers {
    fn start(address: SocketAddr) -> Self {
        let messages = Arc::<AtomicU64>::default();
        let (ends, ended) = tokio::sync::oneshot::channel();
        let counted = messages.clone();
        let (ready, are_ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                read(address, &counted).await;
                ready.send(()).unwrap();
                let _ = ended.await;
            });
        });
        are_ready.recv().unwrap();
        Self {
            messages,
            _ends: ends,
        }
    }
}

async fn connect(address: SocketAddr) -> Reader {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let endpoint = endpoint.initial_stream_window_size(64 * 1024);
    let client = IntrospectClient::new(endpoint.connect().await.unwrap());
    client.max_decoding_message_size(64 << 20)
}

/// Nine that read everything that there is, and one that never does.
async fn read(address: SocketAddr, messages: &Arc<AtomicU64>) {
    for n in 0..9 {
        let mut client = connect(address).await;
        let everything = Some(Page {
            size: 1000,
            token: String::new(),
        });
        match n % 3 {
            0 => {
                let request = WatchRunsRequest {
                    page: everything,
                    ..Default::default()
                };
                count(
                    client.watch_runs(request).await.unwrap().into_inner(),
                    messages,
                );
            }
            1 => {
                let request = WatchActivitiesRequest {
                    page: everything,
                    ..Default::default()
                };
                count(
                    client.watch_activities(request).await.unwrap().into_inner(),
                    messages,
                );
            }
            _ => {
                let request = WatchWorkersRequest::default();
                count(
                    client.watch_workers(request).await.unwrap().into_inner(),
                    messages,
                );
                let request = WatchEventsRequest::default();
                count(
                    client.watch_events(request).await.unwrap().into_inner(),
                    messages,
                );
            }
        }
    }
    let mut client = connect(address).await;
    let unread = client
        .watch_events(WatchEventsRequest::default())
        .await
        .unwrap();
    tokio::spawn(async move {
        let _kept = (client, unread);
        std::future::pending::<()>().await;
    });
}

fn count<M: Send + 'static>(mut stream: Streaming<M>, messages: &Arc<AtomicU64>) {
    let messages = messages.clone();
    tokio::spawn(async move {
        while let Ok(Some(_)) = stream.message().await {
            messages.fetch_add(1, Ordering::Relaxed);
        }
    });
}

/// One of the two that take turns.
struct Contender {
    name: &'static str,
    observability: Observability,
    client: Client,
    served: Option<SocketAddr>,
    /// How many messages its readers got.
    messages: AtomicU64,
}

impl Contender {
    async fn new(name: &'static str, server: SocketAddr, is_read: bool) -> Self {
        let builder = Observability::builder();
        let builder = match is_read {
            true => builder.introspect(|i| i.listen((Ipv4Addr::LOCALHOST, 0))),
            false => builder,
        };
        let observability = builder.build().unwrap();
        let served = observability.introspect_address();
        let layer = observability.layer();
        let url = Url::parse(&format!("http://{server}")).unwrap();
        let connection = Connection::connect(layer.layer(ConnectionOptions::new(url).build()));
        let options = layer.layer(ClientOptions::new("default").build());
        Self {
            name,
            client: Client::new(connection.await.unwrap(), options).unwrap(),
            served,
            messages: AtomicU64::new(0),
            observability,
        }
    }

    /// Takes a turn, on a worker of its own, and returns workflows per second.
    async fn turn(&self, round: usize) -> f64 {
        let readers = self.served.map(Readers::start);
        let queue = format!("{}-{round}", self.name);
        let options = WorkerOptions::new(&*queue)
            .register_activities(Steps)
            .register_workflow::<Work>()
            .unwrap()
            .build();
        let options = self.observability.wrap(options);
        let runtime = RuntimeOptions::builder()
            .telemetry_options(self.observability.telemetry_options())
            .build();
        let runtime = Runtime::from_current_tokio(runtime.unwrap()).unwrap();
        let mut worker = Worker::new(&runtime, self.client.clone(), options).unwrap();
        let shutdown = worker.shutdown_handle();
        let work = async {
            run_for(&self.client, &queue, "warm", WARM_UP).await;
            let per_second = run_for(&self.client, &queue, "run", TURN).await;
            shutdown();
            per_second
        };
        let (ran, per_second) = tokio::join!(worker.run(), work);
        ran.unwrap();
        if let Some(readers) = readers {
            let messages = readers.messages.load(Ordering::Relaxed);
            self.messages.fetch_add(messages, Ordering::Relaxed);
        }
        per_second
    }
}

/// Runs workflows, several at once, and returns how many ended in a second.
async fn run_for(client: &Client, queue: &str, name: &str, time: Duration) -> f64 {
    let (next, started) = (AtomicU64::new(0), Instant::now());
    let one_after_the_other = async || {
        while started.elapsed() < time {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let id = format!("{queue}-{name}-{n}");
            let options = WorkflowStartOptions::new(queue, id).build();
            let run = client.start_workflow(Work::run, 0, options).await.unwrap();
            let end = run.get_result(WorkflowGetResultOptions::default());
            assert_eq!(end.await.unwrap(), 3);
        }
    };
    join_all((0..AT_ONCE).map(|_| one_after_the_other())).await;
    next.into_inner() as f64 / started.elapsed().as_secs_f64()
}

/// The ratio of each pair, one against the other.
async fn pairs(one: &Contender, other: &Contender, pairs: usize) -> Vec<f64> {
    let mut ratios = Vec::new();
    for round in 0..=pairs {
        let (first, second) = match round % 2 {
            0 => (one, other),
            _ => (other, one),
        };
        let (a, b) = (first.turn(round).await, second.turn(round).await);
        let (of_one, of_other) = match round % 2 {
            0 => (a, b),
            _ => (b, a),
        };
        // The first pair warms up.
        if round > 0 {
            ratios.push(of_one / of_other);
        }
    }
    ratios.sort_by(f64::total_cmp);
    ratios
}

/// The median, and between which order statistics it lies with at least 95% confidence.
fn median(sorted: &[f64]) -> (f64, f64, f64) {
    let n = sorted.len();
    let middle = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
    // How likely it is that no more than `k` of `n` fall below the median.
    let (mut term, mut below, mut k) = (0.5f64.powi(n as i32), 0.0, 0);
    while below + term <= 0.025 && k < n / 2 {
        below += term;
        term *= (n - k) as f64 / (k + 1) as f64;
        k += 1;
    }
    let outer = k.saturating_sub(1);
    (middle, sorted[outer], sorted[n - 1 - outer])
}

#[tokio::main]
async fn main() {
    let server = TestServer::builder().namespace("default").start().await;
    let address = server
        .listen((Ipv4Addr::LOCALHOST, 0).into())
        .await
        .unwrap();
    let asked = std::env::var("CHRONOSCOPE_PAIRS").ok();
    let count = asked.and_then(|pairs| pairs.parse().ok()).unwrap_or(PAIRS);
    let read = Contender::new("read", address, true).await;
    let alone = Contender::new("alone", address, false).await;
    let again = Contender::new("again", address, false).await;
    for (name, one, other) in [
        ("ten readers", &read, &alone),
        ("no readers, again", &again, &alone),
    ] {
        let ratios = pairs(one, other, count).await;
        let (middle, low, high) = median(&ratios);
        println!("{name}: ratio {middle:.4} [{low:.4}, {high:.4}] over {count} pairs");
    }
    let messages = read.messages.load(Ordering::Relaxed);
    println!("{messages} messages were read");
}
