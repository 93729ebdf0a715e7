//! Keeps workflows that wait in a worker's cache, bare or fully observed, for `tests/bench/cached`
//! to read how much memory each of them takes.
//!
//! The budget: at most 1.0 kB over the bare SDK.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

use std::{
    alloc::System,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chronoscope::{Observability, export::Collector};
use clap::Parser;
use futures::StreamExt as _;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowQueryOptions,
    WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    Runtime, SyncWorkflowContext, Worker, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult, runtime::RuntimeOptions,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many runs have begun to wait.
static STARTED: AtomicU32 = AtomicU32::new(0);

#[derive(Parser)]
struct Flags {
    /// What observes the worker: `bare` or `observed`.
    contender: String,
    /// The Temporal server, as HOST:PORT.
    #[arg(long)]
    address: String,
    /// How many workflows wait.
    #[arg(long, default_value_t = 4000)]
    runs: u32,
    /// Starts them by a client that is observed, too: then the SDK keeps two copies of the header
    /// that carries the trace, about 1.6 kB a run.
    #[arg(long)]
    traced: bool,
    /// Has each wait for a timer, whose end the run's record knows, and not for a condition.
    #[arg(long)]
    timer: bool,
    /// How many signals, with three spans each, one more workflow gets.
    #[arg(long, default_value_t = 0)]
    signals: u32,
    /// How many runs the worker caches; by default all.
    #[arg(long)]
    cache: Option<usize>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

#[workflow]
#[derive(Default)]
struct Waits {
    signals: u32,
    done: bool,
}

#[workflow_methods]
impl Waits {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, timer: bool) -> WorkflowResult<()> {
        tracing::info!("waits");
        STARTED.fetch_add(1, Ordering::Relaxed);
        if timer {
            ctx.timer(Duration::from_secs(86_400)).await;
        }
        let _ = ctx.wait_condition(|waits| waits.done).await;
        Ok(())
    }

    #[signal]
    fn signal(&mut self, _: &mut SyncWorkflowContext<Self>) {
        for name in ["one", "two", "three"] {
            tracing::info_span!("step", name).in_scope(|| ());
        }
        self.signals += 1;
    }

    #[query]
    fn signals(&self, _: &WorkflowContextView) -> u32 {
        self.signals
    }
}

/// Lines to a file that nobody keeps, metrics to Prometheus, spans to a collector that is not
/// there, and introspection that somebody has asked for.
fn everything() -> Observability {
    Observability::builder()
        .logs(|logs| logs.file("/dev/null"))
        .metrics(|metrics| metrics.prometheus(([127, 0, 0, 1], 0)))
        .traces(|traces| traces.otlp(Collector::at("http://127.0.0.1:9")))
        .introspect(|introspect| introspect.listen(([127, 0, 0, 1], 0)))
        .install()
        .unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let flags = Flags::parse();
    let connection = connection_to(&flags.address);
    let client = ClientOptions::new("default").build();
    let queue = format!("cached-{}", std::process::id());
    let worker = WorkerOptions::new(&*queue)
        .max_cached_workflows(flags.cache.unwrap_or(flags.runs as usize + 201))
        .register_workflow::<Waits>()
        .unwrap()
        .build();
    let observability = (flags.contender != "bare").then(everything);
    let (connection, client, worker, runtime) = match &observability {
        Some(observability) => (
            observability.wrap(connection),
            observability.wrap(client),
            observability.wrap(worker),
            observability.runtime_options(),
        ),
        None => (connection, client, worker, RuntimeOptions::default()),
    };
    let client = Client::new(Connection::connect(connection).await.unwrap(), client).unwrap();
    let starts = match flags.traced {
        true => client.clone(),
        false => bare_client(&flags.address).await,
    };
    let runtime = Runtime::from_current_tokio(runtime).unwrap();
    let mut worker = Worker::new(&runtime, client.clone(), worker).unwrap();
    let end = worker.shutdown_handle();
    let measured = async {
        measure(&flags, &starts, &queue).await;
        end();
    };
    let (ran, ()) = tokio::join!(worker.run(), measured);
    ran.unwrap();
}

fn connection_to(address: &str) -> ConnectionOptions {
    ConnectionOptions::new(Url::parse(&format!("http://{address}")).unwrap()).build()
}

async fn bare_client(address: &str) -> Client {
    let connection = Connection::connect(connection_to(address)).await.unwrap();
    Client::new(connection, ClientOptions::new("default").build()).unwrap()
}

async fn measure(flags: &Flags, client: &Client, queue: &str) {
    // What is made once is made before.
    waiting(client, queue, "first", 200, flags.timer).await;
    let (before, resident_before) = (allocated(), resident());
    waiting(client, queue, "then", flags.runs, flags.timer).await;
    let runs = u64::from(flags.runs);
    let per_run = (allocated() - before) / runs;
    let resident = (resident() - resident_before) / runs;
    println!("{per_run} bytes a waiting run, {resident} of memory resident");
    if flags.signals == 0 {
        return;
    }
    let run = client.start_workflow(Waits::run, false, options(queue, "signalled"));
    let run = run.await.unwrap();
    let before = allocated();
    for _ in 0..flags.signals {
        let options = WorkflowSignalOptions::default();
        run.signal(Waits::signal, (), options).await.unwrap();
    }
    let asked = || run.query(Waits::signals, (), WorkflowQueryOptions::default());
    while asked().await.unwrap() < flags.signals {}
    // Batches that nobody takes are retried for a while, and wait meanwhile.
    tokio::time::sleep(Duration::from_secs(60)).await;
    println!(
        "{} bytes for {} signals",
        allocated() - before,
        flags.signals
    );
}

/// Has so many workflows wait, some at a time.
async fn waiting(client: &Client, queue: &str, name: &str, runs: u32, timer: bool) {
    let started = STARTED.load(Ordering::Relaxed);
    let starts = (0..runs).map(async |n| {
        let options = options(queue, &format!("{name}-{n}"));
        let run = client.start_workflow(Waits::run, timer, options);
        run.await.unwrap();
    });
    let starts = futures::stream::iter(starts).buffer_unordered(50);
    starts.collect::<()>().await;
    while STARTED.load(Ordering::Relaxed) - started < runs {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Their tasks are answered.
    settled().await;
}

/// Waits until what was said so far is sent, or given up.
async fn settled() {
    tokio::time::sleep(Duration::from_secs(6)).await;
}

fn options(queue: &str, id: &str) -> WorkflowStartOptions {
    WorkflowStartOptions::new(queue, format!("{queue}-{id}")).build()
}

/// How many bytes of the process are in memory.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let resident: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    resident * 4096
}

/// How many bytes the process has allocated and not freed.
fn allocated() -> u64 {
    let stats = ALLOCATOR.stats();
    (stats.bytes_allocated - stats.bytes_deallocated) as u64
}
