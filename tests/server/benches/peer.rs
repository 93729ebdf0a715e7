//! Many runs of ten activities, one after the other, on this server and on the real one.
//!
//! `cargo bench -p chronoscope-testserver [-- RUNS]` prints workflows a second and the server's CPU
//! a workflow, both servers being processes of their own, then the bytes of an idle run, and those
//! of one that is gone.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowStartOptions, WorkflowTerminateOptions,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    runtime::RuntimeOptions,
};

struct Steps;

#[activities]
impl Steps {
    #[activity]
    async fn step(_ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        Ok(n + 1)
    }
}

#[workflow]
#[derive(Default)]
struct Ten;

#[workflow_methods]
impl Ten {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<u32> {
        let mut n = 0;
        for _ in 0..10 {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(300));
            n = ctx.execute_activity(Steps::step, n, options).await?;
        }
        Ok(n)
    }
}

/// A server in a process of its own.
struct Server {
    child: Child,
    /// The process whose CPU counts.
    pid: u32,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn ours(flags: &[&str]) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_chronoscope-testserver"))
        .args(flags)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    let pid = child.id();
    Server {
        child,
        pid,
        address: address.trim().to_owned(),
    }
}

fn real() -> Server {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backends/temporal");
    let path = Command::new(script).output().unwrap().stdout;
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new(String::from_utf8(path).unwrap().trim())
        .args([
            "server",
            "start-dev",
            "--headless",
            "--ip",
            "127.0.0.1",
            "--log-level",
            "error",
        ])
        .args(["--port", &port.to_string()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = child.id();
    Server {
        child,
        pid,
        address: format!("127.0.0.1:{port}"),
    }
}

async fn connect(address: &str) -> Client {
    let url = Url::parse(&format!("http://{address}")).unwrap();
    for _ in 0..200 {
        let options = ConnectionOptions::new(url.clone())
            .identity("bench")
            .build();
        if let Ok(connection) = Connection::connect(options).await
            && let Ok(client) = Client::new(connection, ClientOptions::new("default").build())
        {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{address} does not answer");
}

/// Seconds of CPU that a process used; a tick is a hundredth.
fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = |n: usize| fields[n].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

/// Resident bytes of a process.
fn resident(pid: u32) -> u64 {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    statm
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 4096
}

async fn measure(name: &str, server: &Server, runs: usize) -> (f64, f64) {
    let client = connect(&server.address).await;
    let options = WorkerOptions::new("bench")
        .max_cached_workflows(2000)
        .register_activities(Steps)
        .register_workflow::<Ten>()
        .unwrap()
        .build();
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).unwrap();
    let mut worker = Worker::new(&runtime, client.clone(), options).unwrap();
    let shutdown = worker.shutdown_handle();
    let work = async {
        // Wait until the queue is served, as a fresh dev server takes a moment.
        let warm = WorkflowStartOptions::new("bench", "warm").build();
        let handle = client.start_workflow(Ten::run, (), warm).await.unwrap();
        handle
            .get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
        let (began, before) = (Instant::now(), cpu(server.pid));
        let all = futures::stream::iter(0..runs).map(|n| {
            let client = client.clone();
            async move {
                let options = WorkflowStartOptions::new("bench", format!("run-{n}")).build();
                let handle = client.start_workflow(Ten::run, (), options).await.unwrap();
                handle
                    .get_result(WorkflowGetResultOptions::default())
                    .await
                    .unwrap()
            }
        });
        let results: Vec<u32> = all.buffer_unordered(runs).collect().await;
        assert!(results.iter().all(|n| *n == 10));
        let (span, used) = (began.elapsed().as_secs_f64(), cpu(server.pid) - before);
        shutdown();
        (runs as f64 / span, used / runs as f64)
    };
    let (ran, (pace, used)) = tokio::join!(worker.run(), work);
    ran.unwrap();
    println!(
        "{name}: {pace:.1} workflows/s, {:.2} ms of server CPU a workflow",
        used * 1e3
    );
    (pace, used)
}

/// Starts runs that nobody works on, ends them, and starts as many again; answers the bytes of a
/// run, and what is kept of one that was closed and forgotten.
async fn idle(runs: usize) -> (u64, u64) {
    let server = ours(&["--retention", "1"]);
    let client = connect(&server.address).await;
    let fill = async |round: &'static str| {
        let all = futures::stream::iter(0..runs).map(|n| {
            let client = client.clone();
            async move {
                let options = WorkflowStartOptions::new("nobody", format!("{round}-{n}")).build();
                client.start_workflow(Ten::run, (), options).await.unwrap()
            }
        });
        all.buffer_unordered(100).collect::<Vec<_>>().await
    };
    let empty = resident(server.pid);
    let started = fill("first").await;
    let full = resident(server.pid);
    let all = futures::stream::iter(started).map(|handle| async move {
        handle
            .terminate(WorkflowTerminateOptions::default())
            .await
            .unwrap();
    });
    all.buffer_unordered(100).collect::<Vec<_>>().await;
    // By then the last of them is forgotten.
    tokio::time::sleep(Duration::from_secs(3)).await;
    fill("second").await;
    let again = resident(server.pid);
    let a_run = |bytes: u64| bytes / runs as u64;
    (
        a_run(full.saturating_sub(empty)),
        a_run(again.saturating_sub(full)),
    )
}

#[tokio::main]
async fn main() {
    let runs = std::env::args()
        .find_map(|flag| flag.parse().ok())
        .unwrap_or(1000);
    let (pace, used) = measure("this server", &ours(&[]), runs).await;
    let (real_pace, real_used) = measure("dev server", &real(), runs).await;
    println!(
        "{:.1} times the pace, {:.3} of the CPU",
        pace / real_pace,
        used / real_used
    );
    let (open, kept) = idle(20_000).await;
    println!("{open} bytes for an idle run, {kept} for one that was closed and forgotten");
}
