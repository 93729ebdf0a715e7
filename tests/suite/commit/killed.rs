//! Workers killed under load, whose lines wait for the server: none is written twice.

use std::{
    collections::BTreeMap,
    io,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    logs::ReplayFilter,
    rpc::{Request, RpcService, Stack},
};
use futures::future::join_all;
use serde_json::Value;
use temporalio_client::{
    Client, ConnectionOptions, Url, WorkflowGetResultOptions, WorkflowStartOptions,
};
use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, history_event::Attributes,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    WorkerOptions, WorkflowContext, WorkflowResult,
    runtime::worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
};
use tower::{ServiceExt as _, layer::layer_fn, service_fn};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::{
    gate::completes,
    setting::{held, is_marked},
};
use crate::{
    programs::Running,
    scenarios::all_events,
    support::{Random, address, connect, connect_between, namespace, observed, unique},
};

const TASKS: usize = 6;

/// How many workers are killed, unless `COMMIT_KILLS` says otherwise.
const KILLS: usize = 8;

/// How many runs there are for each of them: more than it can end.
const RUNS: usize = 7;

/// How many steps a worker writes at most before it is killed.
const STEPS: u64 = 35;

/// How many tasks one completes at most that ends itself.
const COMPLETIONS: u64 = 10;

/// How a worker dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// By a signal, at any moment.
    Killed,
    /// By itself: before it sends a completion.
    Before,
    /// When the answer is there, which nobody has read.
    Answered,
    /// When the answer was read, and the core has not seen it.
    Settled,
}

const DEATHS: [Death; 4] = [
    Death::Killed,
    Death::Before,
    Death::Answered,
    Death::Settled,
];

/// A layer in which the process ends at one of its completions, before the call or after it.
fn deadly(at: u64, is_before: bool) -> Stack {
    let completions = Arc::new(AtomicU64::new(0));
    Stack::new().calls(layer_fn(move |inner: RpcService| {
        let completions = completions.clone();
        service_fn(move |request: Request| {
            let (completions, inner) = (completions.clone(), inner.clone());
            async move {
                let ends =
                    completes(&request) && completions.fetch_add(1, Ordering::SeqCst) + 1 == at;
                if ends && is_before {
                    std::process::abort();
                }
                let answer = inner.oneshot(request).await;
                if ends {
                    std::process::abort();
                }
                answer
            }
        })
    }))
}

/// What a worker's process is told, in variables of its environment.
const SETTINGS: [&str; 7] = [
    "SUITE_ADDRESS",
    "SUITE_NAMESPACE",
    "SUITE_QUEUE",
    "SUITE_WORKER",
    "SUITE_CACHE",
    "SUITE_DEATH",
    "SUITE_COMPLETIONS",
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
    let [address, namespace, queue, name, cache, death, at] = settings;
    if cache.is_empty() {
        return;
    }
    let on_commit = Emission::OnCommit(OnCommit::default());
    let observability = Observability::builder().emission(on_commit);
    let observability = observability.build().unwrap();
    let subscriber = tracing_subscriber::registry().with(held(io::stdout));
    subscriber.with(ReplayFilter::global()).init();
    let at = at.parse().unwrap();
    let layers = match &*death {
        "Before" => [deadly(at, true), Stack::new()],
        "Answered" => [deadly(at, false), Stack::new()],
        "Settled" => [Stack::new(), deadly(at, false)],
        _ => [Stack::new(), Stack::new()],
    };
    let options = ConnectionOptions::new(Url::parse(&format!("http://{address}")).unwrap())
        .identity(&*name)
        .build();
    let client = connect_between(options, &namespace, &observability, layers).await;
    let tasks = if death == "Killed" { 100 } else { 1 };
    let slots = TunerHolder::builder()
        .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(tasks))
        .activity_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .local_activity_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1));
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(cache.parse::<usize>().unwrap())
        .sticky_queue_schedule_to_start_timeout(Duration::from_secs(1))
        .tuner(slots.build())
        .register_workflow::<Stepping>()
        .unwrap()
        .build();
    let end =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    let ended = observed(&client, &observability, options, end).await;
    ended.unwrap().unwrap();
}

/// Starts a worker's process.
async fn spawn(name: &str, queue: &str, cache: &str, death: Death, at: u64) -> Running {
    let (death, at) = (format!("{death:?}"), at.to_string());
    let values = [
        address().await,
        namespace().await,
        queue,
        name,
        cache,
        &death,
        &at,
    ];
    let mut process = Command::new(std::env::current_exe().unwrap());
    process
        .args([
            "--exact",
            "--ignored",
            "--nocapture",
            "commit::killed::worker",
        ])
        .envs(SETTINGS.into_iter().zip(values))
        .stdin(Stdio::piped());
    Running::start(process)
}

/// A run with one of its steps.
type Step = (String, String);

/// The step of an unmarked line. A last line may be cut off.
fn step(line: &str) -> Option<Step> {
    let line: Value = serde_json::from_str(line).ok()?;
    let message = line["fields"]["message"].as_str()?;
    let is_step = message.starts_with("step ") && !is_marked(&line);
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

/// Who began a task that timed out or failed.
fn left_by(events: &[HistoryEvent]) -> Vec<&str> {
    let pairs = events.iter().zip(&events[1..]);
    let left = pairs.filter_map(
        |(event, next)| match (&event.attributes, &next.attributes) {
            (
                Some(Attributes::WorkflowTaskStartedEventAttributes(task)),
                Some(Attributes::WorkflowTaskTimedOutEventAttributes(_)),
            ) => Some(&*task.identity),
            _ => None,
        },
    );
    left.collect()
}

/// Has worker after worker die when it has written some steps, or completed some tasks. Returns how
/// each died, and what they wrote.
async fn kill(queue: &str, kills: usize) -> (Vec<Death>, BTreeMap<Step, usize>) {
    let mut random = Random::from_env();
    let (mut deaths, mut written) = (Vec::new(), BTreeMap::new());
    for n in 0..kills {
        let death = DEATHS[n % DEATHS.len()];
        // A worker with one slot has none for a queue of its own.
        let is_cached = death == Death::Killed && random.below(2) == 1;
        let cache = ["0", "1000"][usize::from(is_cached)];
        let at = 1 + random.below(COMPLETIONS);
        let mut worker = spawn(&format!("worker-{n}"), queue, cache, death, at).await;
        let (_, said) = match death {
            Death::Killed => {
                for _ in 0..=random.below(STEPS) {
                    worker.until("step ").await;
                }
                worker.end("-KILL").await
            }
            Death::Before | Death::Answered | Death::Settled => worker.gone().await,
        };
        add(&mut written, &said);
        deaths.push(death);
    }
    (deaths, written)
}

fn add(written: &mut BTreeMap<Step, usize>, said: &str) {
    for step in said.lines().filter_map(step) {
        *written.entry(step).or_insert(0) += 1;
    }
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

/// The number of lines that dead workers lost.
#[derive(Debug, Default)]
struct Account {
    written: usize,
    /// By each of them.
    lost: BTreeMap<String, usize>,
    /// How many tasks they left.
    left: usize,
}

impl Account {
    /// Adds a run, by its history: each of its steps was written once, or by a worker that died and
    /// had done no later task of the run.
    fn add(&mut self, run: &str, events: &[HistoryEvent], written: &BTreeMap<Step, usize>) {
        let completed = completed_by(events);
        assert_eq!(completed.len(), TASKS);
        for (n, worker) in completed.iter().enumerate() {
            let step = (run.to_owned(), format!("step {}", n + 1));
            match written.get(&step) {
                Some(times) => assert_eq!(*times, 1, "{step:?}"),
                None => {
                    let is_last = completed.get(n + 1) != Some(worker);
                    assert!(is_last && *worker != "last", "{step:?} by {worker}");
                    *self.lost.entry((*worker).to_owned()).or_insert(0) += 1;
                }
            }
        }
        self.written += TASKS;
        self.left += left_by(events).len();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_killed_workers_is_written_twice() {
    let kills = std::env::var("COMMIT_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let queue = unique("commit-killed");
    let client = connect(None).await;
    let runs = tokio::spawn({
        let (client, queue) = (client.clone(), queue.clone());
        let runs = RUNS * kills.max(KILLS);
        async move { join_all((0..runs).map(|n| start(&client, &queue, n))).await }
    });
    let (deaths, mut written) = kill(&queue, kills).await;
    let mut last = spawn("last", &queue, "1000", Death::Killed, 0).await;
    let stdin = last.stdin();
    let all = async {
        let runs = runs.await.unwrap();
        // That is how it ends.
        drop(stdin);
        runs
    };
    let (runs, (status, said)) = tokio::join!(all, last.gone());
    assert!(status.success());
    add(&mut written, &said);
    let mut account = Account::default();
    for run in runs {
        let events = all_events(&client, vec![run.clone()]).await.remove(0);
        account.add(&run.1.unwrap(), &events, &written);
    }
    let lost = |n| {
        account
            .lost
            .get(&format!("worker-{n}"))
            .copied()
            .unwrap_or(0)
    };
    for (n, death) in deaths.iter().enumerate() {
        match death {
            Death::Killed => {}
            Death::Before | Death::Settled => assert_eq!(lost(n), 0, "worker-{n}: {death:?}"),
            Death::Answered => assert_eq!(lost(n), 1, "worker-{n}: {death:?}"),
        }
    }
    let before = deaths.iter().filter(|death| **death == Death::Before);
    assert!(account.left >= before.count());
    let killed = (0..kills).filter(|n| deaths[*n] == Death::Killed);
    let by_signal: usize = killed.map(lost).sum();
    println!("{kills} workers died: {account:?}; {by_signal} lines lost by signals");
}
