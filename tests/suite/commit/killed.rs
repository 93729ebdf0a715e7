//! Workers killed under load, whose lines wait for the server: none is written twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    process::Stdio,
    time::Duration,
};

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    logs::{ExecutionFormat, Held, Layout, ReplayFilter},
};
use futures::future::join_all;
use serde_json::Value;
use temporalio_client::{Client, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, history_event::Attributes,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};
use tracing_subscriber::{fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{
    scenarios::all_events,
    support::{Random, address, connect, connect_to, namespace, observed, unique},
};

const RUNS: usize = 60;
const TASKS: usize = 6;
const KILLS: usize = 8;

/// How many steps a worker writes at most before it is killed.
const STEPS: u64 = 35;

/// What a worker's process is told, in variables of its environment.
const SETTINGS: [&str; 5] = [
    "SUITE_ADDRESS",
    "SUITE_NAMESPACE",
    "SUITE_QUEUE",
    "SUITE_WORKER",
    "SUITE_CACHE",
];

#[workflow]
#[derive(Default)]
struct Stepping;

#[workflow_methods]
impl Stepping {
    /// One line and one command in each of its tasks, except the last.
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        for n in 1..=TASKS {
            tracing::info!("step {n}");
            if n < TASKS {
                ctx.timer(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }
}

/// The program of a worker's process: this one, asked for this test alone. It works until its
/// standard input ends.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test below starts it"]
async fn worker() {
    let settings = SETTINGS.map(|name| std::env::var(name).unwrap_or_default());
    let [address, namespace, queue, name, cache] = settings;
    if cache.is_empty() {
        return;
    }
    let on_commit = Emission::OnCommit(OnCommit::default());
    let observability = Observability::builder().emission(on_commit);
    let observability = observability.build().unwrap();
    let format = fmt::layer()
        .json()
        .with_writer(Held::new(Layout::Json, io::stdout))
        .map_event_format(ExecutionFormat::new);
    let subscriber = tracing_subscriber::registry().with(format);
    subscriber.with(ReplayFilter::global()).init();
    let client = connect_to(&address, &namespace, &name, Some(&observability)).await;
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(cache.parse::<usize>().unwrap())
        .register_workflow::<Stepping>()
        .unwrap()
        .build();
    let end =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    let ended = observed(&client, &observability, options, end).await;
    ended.unwrap().unwrap();
}

/// A worker's process, and what it writes.
struct Worker {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    steps: Vec<(String, String)>,
}

impl Worker {
    async fn spawn(name: &str, queue: &str, cache: &str) -> Self {
        let values = [address().await, namespace().await, queue, name, cache];
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "commit::killed::worker"])
            .envs(SETTINGS.into_iter().zip(values))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self {
            process,
            lines,
            steps: Vec::new(),
        }
    }

    /// Reads what it writes, until it has written so many steps or is gone.
    async fn read(&mut self, most: usize) {
        while self.steps.len() < most
            && let Ok(Some(line)) = self.lines.next_line().await
        {
            self.steps.extend(step(&line));
        }
    }
}

/// The step of an unmarked line. A last line may be cut off.
fn step(line: &str) -> Option<(String, String)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let marks = ["task_failed", "task_accepted", "task_open"];
    let is_marked = marks.iter().any(|mark| !line[mark].is_null());
    let message = line["fields"]["message"].as_str()?;
    let is_step = message.starts_with("step ") && !is_marked;
    is_step.then(|| {
        (
            line["run_id"].as_str().unwrap().to_owned(),
            message.to_owned(),
        )
    })
}

/// Who completed each of a run's tasks.
fn completed_by(events: &[HistoryEvent]) -> Vec<&str> {
    let completed = events.iter().filter_map(|event| match &event.attributes {
        Some(Attributes::WorkflowTaskCompletedEventAttributes(task)) => Some(&*task.identity),
        _ => None,
    });
    completed.collect()
}

/// Has worker after worker killed when it has written some steps.
async fn kill(queue: &str) -> Vec<Worker> {
    let mut random = Random::from_env();
    let mut workers = Vec::new();
    for n in 0..KILLS {
        let cache = ["0", "1000"][usize::from(random.below(2) == 1)];
        let mut worker = Worker::spawn(&format!("worker-{n}"), queue, cache).await;
        worker.read(1 + random.below(STEPS) as usize).await;
        // On Unix this is SIGKILL.
        worker.process.kill().await.unwrap();
        worker.read(usize::MAX).await;
        workers.push(worker);
    }
    workers
}

async fn start(client: &Client, queue: &str, n: usize) -> (String, Option<String>) {
    let id = format!("{queue}-{n}");
    let options = WorkflowStartOptions::new(queue, &*id)
        .task_timeout(Duration::from_secs(1))
        .build();
    let run = client.start_workflow(Stepping::run, (), options).await;
    let run = run.unwrap();
    let ended = run.get_result(WorkflowGetResultOptions::default()).await;
    ended.unwrap();
    (id, run.run_id().map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_killed_workers_is_written_twice() {
    let queue = unique("commit-killed");
    let client = connect(None).await;
    let runs = tokio::spawn({
        let (client, queue) = (client.clone(), queue.clone());
        async move { join_all((0..RUNS).map(|n| start(&client, &queue, n))).await }
    });
    let mut workers = kill(&queue).await;
    let mut last = Worker::spawn("last", &queue, "1000").await;
    let stdin = last.process.stdin.take();
    let ended = async {
        let runs = runs.await.unwrap();
        // That is how it ends.
        drop(stdin);
        runs
    };
    let (runs, ()) = tokio::join!(ended, last.read(usize::MAX));
    assert!(last.process.wait().await.unwrap().success());
    workers.push(last);
    let killed: BTreeSet<_> = (0..KILLS).map(|n| format!("worker-{n}")).collect();
    let mut written = BTreeMap::new();
    for step in workers.iter().flat_map(|worker| &worker.steps) {
        *written.entry(step).or_insert(0) += 1;
    }
    let mut lost = 0;
    for run in runs {
        let events = all_events(&client, vec![run.clone()]).await.remove(0);
        let completed = completed_by(&events);
        assert_eq!(completed.len(), TASKS);
        for (n, worker) in completed.into_iter().enumerate() {
            let step = (run.1.clone().unwrap(), format!("step {}", n + 1));
            match written.get(&step) {
                Some(times) => assert_eq!(*times, 1, "{step:?}"),
                // It was killed between the server's answer and the write.
                None => {
                    assert!(killed.contains(worker), "{step:?} by {worker}");
                    lost += 1;
                }
            }
        }
    }
    println!(
        "{KILLS} workers killed: of {} lines {lost} are lost",
        RUNS * TASKS
    );
}
