//! What the core takes for live although the server has accepted it: it executes two tasks as one, or
//! one that is over, when it loads a run anew.

use std::{collections::BTreeMap, sync::Mutex};

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    logs::ReplayFilter,
    rpc::Stack,
};
use futures::future::join_all;
use temporalio_client::{
    Client, ConnectionOptions, Url, WorkflowExecuteUpdateOptions, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};
use tracing_subscriber::layer::SubscriberExt as _;

use super::setting::{held, plays};
use crate::support::{Lines, address, connect_between, namespace, observed, start, unique};

/// The last event of each execution that the core calls live, by what was executed.
static LIVE: Mutex<BTreeMap<String, Vec<u32>>> = Mutex::new(BTreeMap::new());

/// Logs something, and notes that if the core says that it is live.
fn note(run: &str, what: &str, is_replay: bool, reached: u32) {
    tracing::info!("{run} {what}");
    if !is_replay {
        let mut live = LIVE.lock().unwrap();
        live.entry(format!("{run} {what}"))
            .or_default()
            .push(reached);
    }
}

#[workflow]
struct Updated {
    name: String,
    changes: u32,
}

#[workflow_methods]
impl Updated {
    #[init]
    fn new(_ctx: &WorkflowContextView, name: String) -> Self {
        Self { name, changes: 0 }
    }

    /// Gives no command before its end.
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let name = ctx.state(|updated| updated.name.clone());
        let note = |ctx: &WorkflowContext<Self>, what| {
            note(
                &name,
                what,
                ctx.is_replaying_history_events(),
                ctx.history_length(),
            );
        };
        note(ctx, "begins");
        ctx.wait_condition(|updated: &Self| updated.changes > 0)
            .await?;
        note(ctx, "changes");
        ctx.wait_condition(|updated: &Self| updated.changes > 3)
            .await?;
        note(ctx, "ends");
        Ok(())
    }

    #[signal]
    fn tell(&mut self, ctx: &mut SyncWorkflowContext<Self>) {
        let is_replay = ctx.is_replaying_history_events();
        note(&self.name, "is told", is_replay, ctx.history_length());
    }

    #[update]
    fn change(&mut self, ctx: &mut SyncWorkflowContext<Self>, n: u32) {
        let is_replay = ctx.is_replaying_history_events();
        note(
            &self.name,
            &format!("change {n}"),
            is_replay,
            ctx.history_length(),
        );
        self.changes += 1;
    }

    #[query]
    fn ask(&self, _ctx: &WorkflowContextView) -> u32 {
        self.changes
    }
}

type Handle = WorkflowHandle<Client, updated::Run>;

/// How the signals of a process are emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Bare,
    Layered,
    OnCommit,
}

/// What observes a process, and its client.
async fn process(way: Way) -> (Observability, Client) {
    let emission = match way {
        Way::OnCommit => Emission::OnCommit(OnCommit::default()),
        Way::Bare | Way::Layered => Emission::Immediate,
    };
    let observability = Observability::builder().emission(emission).build().unwrap();
    let url = Url::parse(&format!("http://{}", address().await)).unwrap();
    let layer = match way {
        Way::Layered => Stack::new().all(observability.rpc()),
        Way::Bare | Way::OnCommit => Stack::new(),
    };
    let layers = [Stack::new(), layer];
    let options = ConnectionOptions::new(url).build();
    let client = connect_between(options, namespace().await, &observability, layers).await;
    (observability, client)
}

/// Updates a run twice at once, and asks it meanwhile.
async fn change(run: &Handle, n: u32) {
    let update =
        |n| run.execute_update(Updated::change, n, WorkflowExecuteUpdateOptions::default());
    let asked = run.query(Updated::ask, (), WorkflowQueryOptions::default());
    let (one, other, asked) = tokio::join!(update(n), update(n + 1), asked);
    one.unwrap();
    other.unwrap();
    asked.unwrap();
}

/// How many runs there are at a time.
const RUNS: u32 = 20;

/// The results of some runs.
#[derive(Debug, Default)]
struct Account {
    /// How often the core executed an accepted task together with the next one, as live.
    merged: usize,
    /// How often it executed one alone, as live.
    alone: usize,
    /// How many lines came again without a mark.
    again: usize,
    /// How many lines are marked: another process may have written them.
    marked: usize,
}

impl Account {
    fn add(&mut self, more: &Self) {
        self.merged += more.merged;
        self.alone += more.alone;
        self.again += more.again;
        self.marked += more.marked;
    }
}

/// Has runs go on, which are loaded anew for each task: in one process, or in two in turn.
async fn play(way: Way, is_alone: bool, runs: u32) -> Account {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry()
        .with(held(lines.clone()))
        .with(ReplayFilter::global());
    drop(lines.layer::<tracing_subscriber::Registry>());
    let _default = tracing::subscriber::set_default(subscriber);
    let queue = unique("taken");
    let worker = || {
        WorkerOptions::new(&*queue)
            .max_cached_workflows(0usize)
            .register_workflow::<Updated>()
            .unwrap()
            .build()
    };
    let processes = [process(way).await, process(way).await];
    let first = &processes[0];
    let second = &processes[usize::from(!is_alone)];
    let names: Vec<_> = (0..runs).map(|n| format!("{queue}-{n}")).collect();
    let handles = observed(&first.1, &first.0, worker(), async {
        let started = names.iter().map(async |name| {
            let run = start(&first.1, &queue, Updated::run, name.clone()).await;
            // It is answered when the first task is over, and there is nothing else to do.
            run.query(Updated::ask, (), WorkflowQueryOptions::default())
                .await
                .unwrap();
            run
        });
        join_all(started).await
    })
    .await;
    observed(&second.1, &second.0, worker(), async {
        join_all(handles.iter().map(|run| change(run, 1))).await;
        let told = handles.iter().map(async |run| {
            let options = WorkflowSignalOptions::default();
            run.signal(Updated::tell, (), options).await.unwrap();
            // Its task is over when this is answered, so that the worker takes none with it.
            run.query(Updated::ask, (), WorkflowQueryOptions::default())
                .await
                .unwrap();
        });
        join_all(told).await;
    })
    .await;
    observed(&first.1, &first.0, worker(), async {
        let ended = handles.iter().map(async |run| {
            change(run, 3).await;
            let result = run.get_result(WorkflowGetResultOptions::default());
            result.await.unwrap();
        });
        join_all(ended).await;
    })
    .await;
    account(&lines, &queue)
}

fn account(lines: &Lines, queue: &str) -> Account {
    let mut account = Account::default();
    let mut live = LIVE.lock().unwrap();
    for executions in live.extract_if(.., |what, _| what.starts_with(queue)) {
        let (first, later) = executions.1.split_first().unwrap();
        let alone = later.iter().filter(|reached| *reached == first).count();
        account.alone += alone;
        account.merged += later.len() - alone;
    }
    let (marked, plain): (Vec<_>, Vec<_>) =
        (lines.of("suite::commit").into_iter()).partition(|line| line["maybe_repeated"] == true);
    let mut written = BTreeMap::new();
    for line in plain {
        *written
            .entry(line["fields"]["message"].to_string())
            .or_insert(0) += 1;
    }
    account.again = written.values().map(|times| times - 1).sum();
    account.marked = marked.len();
    account
}

/// The figures are printed; how often the core errs is its own.
#[tokio::test]
async fn comes_once_in_its_process_if_it_is_held_and_alone_never_again_with_a_layer() {
    let runs = plays(5);
    for way in [Way::Bare, Way::Layered, Way::OnCommit] {
        for is_alone in [true, false] {
            let mut account = Account::default();
            for begun in (0..runs).step_by(RUNS as usize) {
                account.add(&play(way, is_alone, RUNS.min(runs - begun)).await);
            }
            let processes = if is_alone { "one process" } else { "two" };
            println!("{way:?}, {processes}, {runs} runs: {account:?}");
            // A task that times out is executed anew, too, and may have its updates in another order.
            let most = match way {
                Way::Bare => account.merged + account.alone,
                Way::Layered => account.merged,
                Way::OnCommit => 0,
            };
            assert!(account.again <= most, "{way:?}, {processes}: {account:?}");
            let may_repeat = way != Way::Bare && !is_alone;
            assert_eq!(
                account.marked > 0,
                may_repeat && account.merged > 0,
                "{way:?}, {account:?}"
            );
        }
    }
}
