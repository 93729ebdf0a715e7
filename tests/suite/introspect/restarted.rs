//! Workers of cloned options: each has its own place.

use std::time::Duration;

use chronoscope::{Observability, introspect::v1::*};
use temporalio_client::{Client as Temporal, WorkflowTerminateOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult};

use super::{Client, client, often, serve, until};
use crate::support::{connect, start, unique};

/// Has a task every now and then, forever.
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

/// Options that workers are made of, more than one.
fn worker(observability: &Observability, queue: &str) -> WorkerOptions {
    let options = WorkerOptions::new(queue)
        .register_workflow::<Ticking>()
        .unwrap()
        .build();
    observability.wrap(options)
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

/// Waits until the workers know as many runs as they should, and returns how many each, and the
/// workers' keys.
async fn knows(inside: &mut Client, is_so: impl Fn(&[u64]) -> bool) -> (Vec<u64>, Vec<String>) {
    let request = WatchWorkersRequest { pace: often() };
    let stream = inside.watch_workers(request).await.unwrap().into_inner();
    let runs = |list: &ListWorkersResponse| -> Vec<_> {
        list.workers.iter().map(|worker| worker.runs).collect()
    };
    let list = until(stream, |list| is_so(&runs(list))).await;
    let keys = list.workers.iter();
    let keys = keys.map(|worker| worker.instance_key.clone()).collect();
    (runs(&list), keys)
}

#[tokio::test]
async fn a_worker_that_is_restarted_from_a_clone_has_its_runs() {
    let (observability, address) = serve(Observability::builder());
    let temporal = connect(Some(&observability)).await;
    let queue = unique("restarted");
    let options = worker(&observability, &queue);
    let mut inside = client(address).await;
    let run_of_first = start(&temporal, &queue, Ticking::run, ()).await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let one = async { keys.extend(knows(&mut inside, |runs| runs == [1]).await.1) };
        run(&temporal, &options, one).await;
        knows(&mut inside, <[_]>::is_empty).await;
    }
    assert_ne!(keys[0], keys[1]);
    run_of_first
        .terminate(WorkflowTerminateOptions::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn two_workers_of_clones_know_their_own_runs_each() {
    let (observability, address) = serve(Observability::builder());
    let temporal = connect(Some(&observability)).await;
    let queue = unique("twins");
    let options = worker(&observability, &queue);
    let mut inside = client(address).await;
    // A client takes one worker of a queue.
    let another = connect(Some(&observability)).await;
    let mut started = Vec::new();
    let both = async {
        let second = async {
            // Whoever gets a run keeps it.
            let mut known = vec![0, 0];
            while known.contains(&0) {
                started.push(start(&temporal, &queue, Ticking::run, ()).await);
                let all = started.len() as u64;
                let is_so = |runs: &[u64]| runs.len() == 2 && runs.iter().sum::<u64>() == all;
                known = knows(&mut inside, is_so).await.0;
            }
        };
        run(&another, &options, second).await;
    };
    run(&temporal, &options, both).await;
    for run in started {
        let options = WorkflowTerminateOptions::default();
        run.terminate(options).await.unwrap();
    }
}
