//! One trace across a Python client, a Rust workflow and a Python activity.

#![allow(clippy::ptr_arg, reason = "validators take what updates take")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use chronoscope::{Observability, export, info};
use serde_json::Value;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::OnceCell,
};

use super::shut_down;
use crate::support::{
    address, backend,
    collector::{Collector, Span},
    connect, namespace, observed, unique,
};

/// The activity as the workflow knows it: nobody runs this one.
struct Abroad;

#[activities]
impl Abroad {
    #[activity(name = "ship")]
    async fn ship(_ctx: ActivityContext, _order: String) -> Result<String, ActivityError> {
        unreachable!("it runs in Python")
    }
}

#[workflow]
struct Order {
    name: String,
    is_approved: bool,
    wrapping: Option<String>,
}

#[workflow_methods]
impl Order {
    #[init]
    fn new(_ctx: &WorkflowContextView, name: String) -> Self {
        Self {
            name,
            is_approved: false,
            wrapping: None,
        }
    }

    #[run(name = "Order")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        let is_complete = |order: &Self| order.is_approved && order.wrapping.is_some();
        ctx.wait_condition(is_complete).await?;
        info!("approved and amended");
        let abroad = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(30))
            .task_queue(abroad(ctx.task_queue()))
            .build();
        let order = ctx.state(|order| order.name.clone());
        Ok(ctx.execute_activity(Abroad::ship, order, abroad).await?)
    }

    #[signal]
    fn approve(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.is_approved = true;
    }

    #[query]
    fn status(&self, _ctx: &WorkflowContextView) -> String {
        format!("{}: open", self.name)
    }

    #[update_validator(amend)]
    fn validate_amend(
        &self,
        _ctx: &WorkflowContextView,
        wrapping: &String,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        match wrapping.is_empty() {
            true => Err("no wrapping".into()),
            false => Ok(()),
        }
    }

    #[update]
    fn amend(&mut self, _ctx: &mut SyncWorkflowContext<Self>, wrapping: String) -> String {
        let amended = format!("{} {wrapping}", self.name);
        self.wrapping = Some(wrapping);
        amended
    }
}

/// The task queue of the Python worker.
pub fn abroad(task_queue: &str) -> String {
    format!("{task_queue}-abroad")
}

/// A program of this folder.
fn script(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/traces/python");
    folder.join(name)
}

/// A program in Python, told where the server and the collector are.
async fn program(script: PathBuf, arguments: &[&str], endpoint: &str) -> Command {
    static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();
    let python = PYTHON.get_or_init(|| async {
        let output = Command::new(backend("python")).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    });
    let mut command = Command::new(python.await);
    command
        .arg(script)
        .args([address().await, namespace().await])
        .args(arguments)
        .arg(endpoint)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts a worker, and waits until it polls.
pub async fn worker(script: PathBuf, queue: &str, endpoint: &str) -> Child {
    let mut command = program(script, &[&abroad(queue)], endpoint).await;
    let mut worker = command.spawn().unwrap();
    let mut lines = BufReader::new(worker.stdout.as_mut().unwrap()).lines();
    let line = lines.next_line().await.unwrap();
    assert_eq!(line.as_deref(), Some("ready"));
    worker
}

/// Has the client order something, and returns what it says of it.
async fn order(queue: &str, endpoint: &str) -> Value {
    let arguments = [queue, "Order", &unique("order")];
    let client = program(script("client.py"), &arguments, endpoint)
        .await
        .output();
    let output = client.await.unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn play(cache: usize) -> (Value, Vec<Span>) {
    let (collector, endpoint) = Collector::start().await;
    let observability = Observability::builder()
        .traces(|t| t.otlp(export::Collector::at(&endpoint).service_name("orders")))
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("python");
    let options = WorkerOptions::new(&queue)
        .max_cached_workflows(cache)
        .register_workflow::<Order>()
        .unwrap()
        .build();
    let mut abroad = worker(script("worker.py"), &queue, &endpoint).await;
    let said = observed(&client, &observability, options, order(&queue, &endpoint)).await;
    // It sends its spans when its standard input ends.
    drop(abroad.stdin.take());
    assert!(abroad.wait().await.unwrap().success());
    shut_down(&observability).await;
    (said, collector.spans())
}

/// Each span by its id, under which nothing else came, with the name of its parent and the service
/// that it is of.
fn tree(spans: &[Span]) -> Vec<(&str, (&str, &str))> {
    let names: BTreeMap<_, _> = spans.iter().map(|span| (&*span.id, &*span.name)).collect();
    let parent = |span: &Span| match &*span.parent {
        "" => "",
        parent => names.get(parent).copied().unwrap_or("lost"),
    };
    let rows: BTreeSet<_> = spans
        .iter()
        .map(|span| {
            (
                &*span.id,
                (&*span.name, (parent(span), &*span.resource["service.name"])),
            )
        })
        .collect();
    let mut rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    rows.sort_unstable();
    rows
}

/// The names of the spans that came more than once.
fn repeated(spans: &[Span]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let again = spans.iter().filter(|span| !seen.insert(&span.id));
    again.map(|span| &*span.name).collect()
}

const TREE: &[(&str, (&str, &str))] = &[
    ("request", ("", "python-client")),
    ("StartWorkflow:Order", ("request", "python-client")),
    ("RunWorkflow:Order", ("StartWorkflow:Order", "orders")),
    (
        "WorkflowExecutionStarted:Order",
        ("RunWorkflow:Order", "orders"),
    ),
    ("SignalWorkflow:approve", ("request", "python-client")),
    ("HandleSignal:approve", ("SignalWorkflow:approve", "orders")),
    ("QueryWorkflow:status", ("request", "python-client")),
    ("HandleQuery:status", ("QueryWorkflow:status", "orders")),
    ("StartWorkflowUpdate:amend", ("request", "python-client")),
    (
        "ValidateUpdate:amend",
        ("StartWorkflowUpdate:amend", "orders"),
    ),
    (
        "HandleUpdate:amend",
        ("StartWorkflowUpdate:amend", "orders"),
    ),
    ("StartActivity:ship", ("RunWorkflow:Order", "orders")),
    ("RunActivity:ship", ("StartActivity:ship", "python-worker")),
];

#[tokio::test]
#[ignore = "real: Temporal's Python SDK"]
async fn one_trace_goes_from_python_through_a_workflow_of_ours_to_python() {
    for cache in [0, 1000] {
        let (said, spans) = play(cache).await;
        assert_eq!(said["status"], "order-7: open");
        assert_eq!(said["amended"], "order-7 gift-wrapped");
        // What the client put in its baggage is there at the other end.
        assert_eq!(said["result"], "shipped order-7 for acme");
        for span in &spans {
            assert_eq!(span.trace, said["trace_id"], "{}", span.name);
        }
        let mut expected = TREE.to_vec();
        expected.sort_unstable();
        assert_eq!(tree(&spans), expected, "cache {cache}");
        for name in repeated(&spans) {
            // The core executes a task that gave no command again with that of an update which
            // follows it, and takes both for live.
            let gave_none = ["WorkflowExecutionStarted:Order", "HandleSignal:approve"];
            assert!(
                cache == 0 && gave_none.contains(&name),
                "{name}, cache {cache}"
            );
        }
        let shipped = spans.iter().find(|span| span.name == "RunActivity:ship");
        assert_eq!(shipped.unwrap().attribute("tenant"), "acme");
    }
}
