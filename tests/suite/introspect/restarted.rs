//! Workers of cloned options: each has its own place.

use std::time::Duration;

use chronoscope::{Observability, introspect::v1::*};
use temporalio_client::{Client as Temporal, WorkflowTerminateOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult};
use tower::Layer as _;

use super::{Client, client, often, serve, until};
use crate::support::{connect, start, unique};

/// Has a task every now and then, for ever.
#[workflow]
#[derive(Default)]
struct Ticking;

#[workflow_methods]
impl Ticking {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        loop {
            ctx.timer(Duration::from_millis(50)).await;
        }
    }
}

/// Runs a worker of a clone for as long as the body takes.
async fn run(temporal: &Temporal, options: &WorkerOptions, body: impl Future<Output = ()>) {
    let runtime = Runtime::from_current_tokio(Default::default()).unwrap();
    let mut worker = Worker::new(&runtime, temporal.clone(), options.clone()).unwrap();
    let shutdown = worker.shutdown_handle();
    let body = async {
        body.await;
        shutdown();
    };
    let (ran, ()) = tokio::join!(worker.run(), body);
    ran.unwrap();
}

/// Waits until each worker knows as many runs as are expected.
async fn knows(inside: &mut Client, expected: &[u64]) -> Vec<String> {
    let request = WatchWorkersRequest { pace: often() };
    let stream = inside.watch_workers(request).await.unwrap().into_inner();
    let runs = |list: &ListWorkersResponse| -> Vec<_> {
        list.workers.iter().map(|worker| worker.runs).collect()
    };
    let list = until(stream, |list| runs(list) == expected).await;
    let workers = list.workers.into_iter();
    workers.map(|worker| worker.instance_key).collect()
}

#[tokio::test]
async fn a_worker_that_is_restarted_from_a_clone_has_its_runs() {
    let observability = Observability::builder().build();
    let (_handle, address) = serve(&observability);
    let temporal = connect(Some(&observability)).await;
    let queue = unique("restarted");
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Ticking>()
        .unwrap()
        .build();
    let options = observability.layer().layer(options);
    let mut inside = client(address).await;
    let run_of_first = start(&temporal, &queue, Ticking::run, ()).await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let one = async { keys.extend(knows(&mut inside, &[1]).await) };
        run(&temporal, &options, one).await;
        assert!(knows(&mut inside, &[]).await.is_empty());
    }
    assert_ne!(keys[0], keys[1]);
    run_of_first
        .terminate(WorkflowTerminateOptions::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn two_workers_of_clones_know_their_own_runs_each() {
    let observability = Observability::builder().build();
    let (_handle, address) = serve(&observability);
    let temporal = connect(Some(&observability)).await;
    let queue = unique("twins");
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Ticking>()
        .unwrap()
        .build();
    let options = observability.layer().layer(options);
    let mut inside = client(address).await;
    let first = start(&temporal, &queue, Ticking::run, ()).await;
    // A client takes one worker of a queue.
    let another = connect(Some(&observability)).await;
    let both = async {
        // The first has its run before there is a second one, which has none.
        knows(&mut inside, &[1]).await;
        let second = async { drop(knows(&mut inside, &[1, 0]).await) };
        run(&another, &options, second).await;
        knows(&mut inside, &[1]).await;
    };
    run(&temporal, &options, both).await;
    first
        .terminate(WorkflowTerminateOptions::default())
        .await
        .unwrap();
}
