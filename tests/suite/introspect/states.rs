//! The states of runs: a run whose task fails is distinguished from one that is being replayed.

use std::{
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chronoscope::{Observability, introspect::v1::*, trace::FailureMessages};
use temporalio_client::{ClientOptions, WorkflowTerminateOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use super::{client, runs_until, serve};
use crate::support::{connect, end, namespace, observed, start, unique};

/// A task of this one always fails.
#[workflow]
#[derive(Default)]
struct Stuck;

#[workflow_methods]
impl Stuck {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.timer(Duration::from_millis(1)).await;
        panic!("the plates of account 4711 are stuck")
    }
}

/// Whether the replay may go on.
static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// This one takes long to replay.
#[workflow]
#[derive(Default)]
struct Slow;

#[workflow_methods]
impl Slow {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        if ctx.is_replaying() {
            let mut open = GATE.0.lock().unwrap();
            while !*open {
                open = GATE.1.wait(open).unwrap();
            }
        }
        ctx.timer(Duration::from_millis(1)).await;
        Ok(())
    }
}

/// Runs a worker that keeps few runs, or none, on a thread of its own: its code may block.
fn keeping<T: Send + 'static>(
    runs: usize,
    observability: &Observability,
    queue: &str,
    body: impl AsyncFnOnce(temporalio_client::Client) -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let (observability, queue) = (observability.clone(), queue.to_owned());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let temporal = connect(Some(&observability)).await;
            let options = WorkerOptions::new(&*queue)
                .max_cached_workflows(runs)
                .register_workflow::<Stuck>()
                .unwrap()
                .register_workflow::<Slow>()
                .unwrap()
                .register_workflow::<Fickle>()
                .unwrap()
                .build();
            observed(&temporal, &observability, options, body(temporal.clone())).await
        })
    })
}

fn only<'a>(list: &'a ListRunsResponse, of_type: &str) -> Option<&'a Run> {
    list.runs.iter().find(|run| run.workflow_type == of_type)
}

#[tokio::test]
async fn stuck_and_replaying_runs_are_told_apart() {
    // The home's client belongs to the runtime that asks first; the worker has one of its own.
    crate::support::address().await;
    let (observability, address) = serve(Observability::builder());
    let queue = unique("states");
    let (named, of_queue) = (queue.clone(), queue.clone());
    let (failed, wait) = tokio::sync::oneshot::channel::<()>();
    let worker = keeping(0, &observability, &queue, async move |temporal| {
        let stuck = start(&temporal, &named, Stuck::run, ()).await;
        // What blocks the worker comes once the other one has failed.
        wait.await.unwrap();
        let slow = start(&temporal, &named, Slow::run, ()).await;
        end(&slow).await;
        stuck
            .terminate(WorkflowTerminateOptions::default())
            .await
            .unwrap();
    });
    let mut inside = client(address).await;
    let has_failed = |list: &ListRunsResponse| {
        only(list, "Stuck").is_some_and(|run| run.consecutive_failures >= 2)
    };
    runs_until(&mut inside, &of_queue, has_failed).await;
    failed.send(()).unwrap();
    let replays = |list: &ListRunsResponse| {
        only(list, "Slow").is_some_and(|run| run.state() == RunState::Replaying)
    };
    let both = runs_until(&mut inside, &of_queue, replays).await;
    let (stuck, slow) = (only(&both, "Stuck").unwrap(), only(&both, "Slow").unwrap());
    assert!(stuck.stuck && stuck.consecutive_failures >= 2, "{stuck:?}");
    assert_eq!(stuck.last_task.as_ref().unwrap().outcome, "failed");
    let failure = stuck.last_failure.as_ref().unwrap();
    assert_eq!(failure.cause, "WORKFLOW_WORKER_UNHANDLED_FAILURE");
    assert!(
        failure
            .message
            .contains("the plates of account 4711 are stuck")
    );
    assert!(!slow.stuck && slow.last_failure.is_none(), "{slow:?}");
    // One that failed is kept in mind though it is evicted.
    let waits = stuck.state() == RunState::Evicted;
    assert!(
        !waits || ["LANG_FAIL", "CACHE_FULL"].contains(&&*stuck.eviction_reason),
        "{stuck:?}"
    );
    // Each is found by what it is.
    for (filter, expected) in [
        (
            RunFilter {
                stuck: Some(true),
                ..Default::default()
            },
            "Stuck",
        ),
        (
            RunFilter {
                states: vec![RunState::Replaying.into()],
                stuck: Some(false),
                ..Default::default()
            },
            "Slow",
        ),
    ] {
        let request = ListRunsRequest {
            filter: Some(filter),
            page: None,
        };
        let list = inside.list_runs(request).await.unwrap().into_inner();
        let types: Vec<_> = list.runs.iter().map(|run| &*run.workflow_type).collect();
        assert_eq!(types, [expected]);
    }
    *GATE.0.lock().unwrap() = true;
    GATE.1.notify_all();
    tokio::task::spawn_blocking(move || worker.join().unwrap())
        .await
        .unwrap();

    // What happened is told: failures, evictions with their reason, and what the replay cost.
    let request = ListEventsRequest {
        filter: None,
        page: super::page(1000),
    };
    let events = inside
        .list_events(request)
        .await
        .unwrap()
        .into_inner()
        .events;
    let of = |kind: EventKind| events.iter().filter(move |event| event.kind() == kind);
    assert!(of(EventKind::TaskFailed).count() >= 2);
    assert!(of(EventKind::TaskFailed).all(|event| event.workflow_type == "Stuck"));
    assert!(of(EventKind::Evicted).all(|event| !event.eviction_reason.is_empty()));
    let replayed = of(EventKind::Replayed).find(|event| event.workflow_type == "Slow");
    assert!(replayed.unwrap().replayed.as_ref().unwrap().history_length > 2);
}

#[tokio::test]
async fn a_first_run_says_its_namespace_though_there_are_several() {
    let own = namespace().await;
    let (observability, address) = serve(Observability::builder());
    // A worker's hooks don't say which client it was made from.
    let _another = observability.wrap(ClientOptions::new("another").build());
    let queue = unique("namespaces");
    let named = queue.clone();
    let (seen, wait) = tokio::sync::oneshot::channel::<()>();
    let worker = keeping(0, &observability, &queue, async move |temporal| {
        let stuck = start(&temporal, &named, Stuck::run, ()).await;
        wait.await.unwrap();
        let options = WorkflowTerminateOptions::default();
        stuck.terminate(options).await.unwrap();
    });
    let mut inside = client(address).await;
    let failed = |list: &ListRunsResponse| only(list, "Stuck").is_some_and(|run| run.stuck);
    let list = runs_until(&mut inside, &queue, failed).await;
    assert_eq!(list.runs[0].namespace, own);
    let request = ListEventsRequest::default();
    let events = inside.list_events(request).await.unwrap().into_inner();
    for event in events.events {
        assert_eq!(event.namespace, own, "{event:?}");
    }
    seen.send(()).unwrap();
    tokio::task::spawn_blocking(move || worker.join().unwrap())
        .await
        .unwrap();
}

/// Whether somebody changed the code, by how many runs the worker keeps.
static CHANGED: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];

/// Somebody changes this one's code while it runs.
#[workflow]
#[derive(Default)]
struct Fickle;

#[workflow_methods]
impl Fickle {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, kept: usize) -> WorkflowResult<()> {
        if CHANGED[kept].load(Ordering::Relaxed) {
            ctx.wait_condition(|_| false).await?;
        }
        loop {
            ctx.timer(Duration::from_millis(100)).await;
        }
    }
}

async fn code_is_changed(kept: usize, cause: &str, kind: EventKind) {
    let (observability, address) =
        serve(Observability::builder().traces(|t| t.failure_messages(FailureMessages::Hide)));
    let queue = unique("fickle");
    let named = queue.clone();
    let (started, wait) = tokio::sync::oneshot::channel::<()>();
    let (seen, wait_more) = tokio::sync::oneshot::channel::<()>();
    let worker = keeping(kept, &observability, &queue, async move |temporal| {
        let fickle = start(&temporal, &named, Fickle::run, kept).await;
        wait.await.unwrap();
        // Takes the other one's place in the cache, where there is one.
        let stuck = start(&temporal, &named, Stuck::run, ()).await;
        wait_more.await.unwrap();
        let options = WorkflowTerminateOptions::default;
        fickle.terminate(options()).await.unwrap();
        stuck.terminate(options()).await.unwrap();
    });
    let mut inside = client(address).await;
    let is_there = |list: &ListRunsResponse| only(list, "Fickle").is_some();
    runs_until(&mut inside, &queue, is_there).await;
    CHANGED[kept].store(true, Ordering::Relaxed);
    started.send(()).unwrap();
    let both_failed = |list: &ListRunsResponse| {
        let failed = |of_type| only(list, of_type).is_some_and(|run| run.stuck);
        failed("Fickle") && failed("Stuck")
    };
    let list = runs_until(&mut inside, &queue, both_failed).await;
    let failure = |of_type| only(&list, of_type).unwrap().last_failure.clone().unwrap();
    assert_eq!(failure("Fickle").cause, cause);
    assert_eq!(failure("Stuck").cause, "WORKFLOW_WORKER_UNHANDLED_FAILURE");
    for of_type in ["Fickle", "Stuck"] {
        assert_eq!(failure(of_type).message, "", "{of_type}");
    }
    let filter = Some(EventFilter {
        kinds: vec![kind.into()],
        workflow_type: "Fickle".to_owned(),
        ..Default::default()
    });
    let request = ListEventsRequest { filter, page: None };
    let events = inside
        .list_events(request)
        .await
        .unwrap()
        .into_inner()
        .events;
    assert_eq!(events[0].failure.as_ref().unwrap().cause, cause);
    seen.send(()).unwrap();
    tokio::task::spawn_blocking(move || worker.join().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn code_that_leaves_its_history_is_said_and_messages_may_be_hidden() {
    crate::support::address().await;
    code_is_changed(1, "NON_DETERMINISTIC_ERROR", EventKind::NonDeterminism).await;
    code_is_changed(0, "REPLAY_BROKEN_OFF", EventKind::TaskFailed).await;
}
