//! A program whose signals wait until the server has accepted their tasks, and what came of it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use chronoscope::{
    Observability,
    commit::{CommitCounts, Emission, OnCommit},
    logs::{ExecutionFormat, Held, Layout, ReplayFilter},
    metrics::ReplayRecorder,
    rpc::Stack,
};
use chronoscope_testserver::TestServer;
use metrics_util::debugging::{DebuggingRecorder, Snapshotter};
use serde_json::Value;
use temporalio_client::{Client, ConnectionOptions, Url};
use tracing::{Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{
    Layer,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    registry::LookupSpan,
};

use crate::{
    metrics::{read, sum},
    support::{
        Lines, Seen, Spans, address, connect_between, connect_inside, connect_layered,
        connect_through, namespace, soon,
    },
};

/// What a program emitted.
pub struct Program {
    pub observability: Observability,
    pub server: TestServer,
    pub client: Client,
    pub lines: Lines,
    spans: Spans,
    recorder: Arc<DebuggingRecorder>,
    metrics: Snapshotter,
    seen: Seen,
    emission: Emission,
    _default: DefaultGuard,
}

impl Program {
    /// A program that holds its signals, on a server in this process.
    pub async fn holding() -> Self {
        Self::with(Emission::OnCommit(OnCommit::default())).await
    }

    /// A program that emits its signals at once, with gRPC layers or without.
    pub async fn at_once(is_layered: bool) -> Self {
        let mut program = Self::with(Emission::Immediate).await;
        if is_layered {
            program.client = connect_layered(&program.server, &program.observability).await;
        }
        program
    }

    pub async fn with(emission: Emission) -> Self {
        let (lines, spans, seen) = (Lines::default(), Spans::default(), Seen::default());
        let recorder = Arc::new(DebuggingRecorder::new());
        let metrics = recorder.snapshotter();
        let observability = observe(&emission, &recorder, &spans, &seen);
        let subscriber = tracing_subscriber::registry()
            .with(held(lines.clone()))
            .with(ReplayFilter::global());
        // A second dispatcher keeps `tracing` from caching what this thread alone thinks.
        drop(lines.layer::<tracing_subscriber::Registry>());
        let default = tracing::subscriber::set_default(subscriber);
        let server = TestServer::start().await;
        let client = connect_inside(&server, &observability).await;
        Self {
            observability,
            server,
            client,
            lines,
            spans,
            recorder,
            metrics,
            seen,
            emission,
            _default: default,
        }
    }

    /// A program that holds its signals, with layers between that and the server, and around it.
    pub async fn between(layers: [Stack; 2]) -> Self {
        let mut program = Self::holding().await;
        program.layer(layers).await;
        program
    }

    /// The same on the server of this test run, which may be a real one.
    pub async fn anywhere(layers: [Stack; 2]) -> Self {
        let mut program = Self::holding().await;
        let url = Url::parse(&format!("http://{}", address().await)).unwrap();
        let options = ConnectionOptions::new(url).retry_options(soon()).build();
        let (namespace, observability) = (namespace().await, &program.observability);
        program.client = connect_between(options, namespace, observability, layers).await;
        program
    }

    /// Connects with layers between what holds signals and the server, and around it.
    pub async fn layer(&mut self, layers: [Stack; 2]) {
        self.client = connect_through(&self.server, &self.observability, layers).await;
    }

    /// What observes another process, which emits to the same place, and its client.
    pub async fn another(&self) -> (Observability, Client) {
        let observability = observe(&self.emission, &self.recorder, &self.spans, &self.seen);
        let client = connect_inside(&self.server, &observability).await;
        (observability, client)
    }

    /// The recorder of what workflow code counts.
    pub fn recorder(&self) -> ReplayRecorder<Arc<dyn metrics::Recorder + Send + Sync>> {
        self.observability.recorder()
    }

    pub fn commits(&self) -> CommitCounts {
        self.observability.health().commits
    }

    /// The lines of the test's workflows that are marked, and those that are not.
    pub fn split(&self) -> (Vec<Value>, Vec<String>) {
        let of_workflows = self.lines.of("suite::commit");
        let (marked, plain): (Vec<_>, Vec<_>) = of_workflows.into_iter().partition(is_marked);
        if self.commits().asked == 0 {
            check_order(&plain);
        }
        let plain = messages(&plain).into_iter().map(str::to_owned);
        (marked, plain.collect())
    }

    /// What counters have counted since this was asked last.
    pub fn counted<const N: usize>(&self, names: [&str; N]) -> [f64; N] {
        let recorded = read(&self.metrics);
        names.map(|name| sum(&recorded, name, &[]).unwrap_or_default())
    }

    /// How many bytes wait, as a metric says.
    pub fn held_bytes(&self) -> Option<f64> {
        // Asking has it written.
        drop(self.observability.health());
        let recorded = read(&self.metrics);
        recorded
            .get("temporal_worker_task_signals_held_bytes{}")
            .copied()
    }

    /// How often the hooks saw something.
    pub fn seen(&self, what: &str) -> usize {
        self.seen.count(what)
    }

    /// How many spans there were by name.
    pub fn spans(&self) -> BTreeMap<String, usize> {
        let mut spans = BTreeMap::new();
        for span in self.spans.all() {
            *spans.entry(span.name.to_string()).or_default() += 1;
        }
        spans
    }
}

/// What lines say.
pub fn messages(lines: &[Value]) -> Vec<&str> {
    let lines = lines.iter();
    lines
        .map(|line| line["fields"]["message"].as_str().unwrap())
        .collect()
}

/// Whether a line says that its task was not accepted, or may not have been.
pub fn is_marked(line: &Value) -> bool {
    let marks = [
        "task_failed",
        "task_accepted",
        "task_open",
        "maybe_repeated",
    ];
    marks.iter().any(|mark| !line[mark].is_null())
}

/// The layer that writes the JSON lines of workflow code to a writer when they are accepted.
pub fn held<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt::layer()
        .json()
        .with_writer(Held::new(Layout::Json, writer))
        .map_event_format(ExecutionFormat::new)
}

fn observe(
    emission: &Emission,
    recorder: &Arc<DebuggingRecorder>,
    spans: &Spans,
    seen: &Seen,
) -> Observability {
    let recorder = recorder.clone();
    let builder = Observability::builder()
        .emission(emission.clone())
        .metrics(|metrics| metrics.recorder(recorder))
        .traces(|traces| traces.processor(spans.clone()));
    seen.hook(builder).build().unwrap()
}

/// Unmarked lines of a run keep the order of its tasks and of time, and those of a routine their own.
/// What waited for a history need not.
fn check_order(lines: &[Value]) {
    let (mut runs, mut routines) = (BTreeMap::new(), BTreeMap::new());
    for line in lines {
        // A validator's line has no place in its run.
        let Some((routine, number)) = line["task_line"].as_str().and_then(|at| at.split_once('.'))
        else {
            continue;
        };
        let (run, task) = (line["run_id"].as_str().unwrap(), &line["workflow_task"]);
        let task = task.as_u64().unwrap();
        let reached = (task, line["timestamp"].as_str().unwrap());
        let before = runs.insert(run, reached).unwrap_or_default();
        assert!(before.0 <= reached.0 && before.1 <= reached.1, "{line}");
        let number: u64 = number.parse().unwrap();
        let before = routines.insert((run, routine), (task, number));
        assert!(before < Some((task, number)), "{line}");
    }
}

/// How often a fault is played: by `COMMIT_PLAYS`, or a few times.
pub fn plays(few: u32) -> u32 {
    let asked = std::env::var("COMMIT_PLAYS").ok();
    asked.map_or(few, |plays| plays.parse().unwrap())
}

/// How often a workflow's task was executed, and how often it is to fail, by a name of the test's.
static COINS: Mutex<BTreeMap<String, (Arc<AtomicU32>, u32)>> = Mutex::new(BTreeMap::new());

/// Has the first executions of a task fail. Returns the number of executions so far.
pub fn fail_first(name: &str, times: u32) -> Arc<AtomicU32> {
    let executions = Arc::new(AtomicU32::new(0));
    let mut coins = COINS.lock().unwrap();
    coins.insert(name.to_owned(), (executions.clone(), times));
    executions
}

/// Notes that a task is executed. Returns whether it is to fail.
pub fn is_to_fail(name: &str) -> bool {
    let coins = COINS.lock().unwrap();
    let (executions, times) = &coins[name];
    executions.fetch_add(1, Ordering::SeqCst) < *times
}
