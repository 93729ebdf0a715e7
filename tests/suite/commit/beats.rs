//! Local activities that outlive their workflow task, which heartbeats keep alive.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use temporalio_client::{
    Client, WorkflowGetResultOptions, WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    LocalActivityOptions, SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tokio::sync::Semaphore;

use super::setting::{Program, fail_first, is_to_fail, messages, plays};
use crate::{
    scenarios::all_events,
    support::{moment, observed, unique},
};

/// What wakes sleepers, by name.
static CALLS: Mutex<BTreeMap<String, Arc<Semaphore>>> = Mutex::new(BTreeMap::new());

fn call(name: &str) -> Arc<Semaphore> {
    let mut calls = CALLS.lock().unwrap();
    let call = calls.entry(name.to_owned());
    call.or_insert_with(|| Arc::new(Semaphore::new(0))).clone()
}

struct Slow;

#[activities]
impl Slow {
    /// Sleeps until it is woken.
    #[activity]
    async fn nap(_ctx: ActivityContext, name: String) -> Result<(), ActivityError> {
        call(&name).acquire().await.unwrap().forget();
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Napping;

#[workflow_methods]
impl Napping {
    #[run]
    async fn run(
        ctx: &mut WorkflowContext<Self>,
        (name, gives): (String, bool),
    ) -> WorkflowResult<()> {
        tracing::info!("falls asleep");
        let _timer = gives.then(|| ctx.timer(Duration::from_secs(600)));
        let options = LocalActivityOptions::builder()
            .start_to_close_timeout(Duration::from_secs(60))
            .build();
        ctx.execute_local_activity(Slow::nap, name.clone(), options)
            .await?;
        tracing::info!("wakes up");
        assert!(!is_to_fail(&name), "on purpose");
        Ok(())
    }

    #[signal]
    fn knock(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        tracing::info!("hears a knock");
    }
}

fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_activities(Slow)
        .register_workflow::<Napping>()
        .unwrap()
        .build()
}

/// Waits for so many tasks of a run to be accepted.
pub async fn accepted(client: &Client, id: &str, run_id: Option<&str>, times: usize) {
    let run = (id.to_owned(), run_id.map(str::to_owned));
    loop {
        let events = all_events(client, vec![run.clone()]).await.remove(0);
        let completed = events.iter().filter(|event| {
            let attributes = event.attributes.as_ref();
            matches!(
                attributes,
                Some(Attributes::WorkflowTaskCompletedEventAttributes(_))
            )
        });
        if completed.count() >= times {
            return;
        }
        moment().await;
    }
}

/// Runs a workflow with a local activity, whose last task fails this often. It is woken when
/// something is over, or after so many heartbeats.
pub async fn nap_with(program: &Program, fails: u32, until: impl AsyncFnOnce(&str, &str)) {
    let queue = unique("beats");
    let _executions = fail_first(&queue, fails);
    let client = &program.client;
    observed(client, &program.observability, worker(&queue), async {
        let started = WorkflowStartOptions::new(&*queue, &*queue)
            .task_timeout(Duration::from_secs(1))
            .build();
        let started = client.start_workflow(Napping::run, (queue.clone(), false), started);
        let run = started.await.unwrap();
        until(&queue, run.run_id().unwrap()).await;
        // A task that fails is executed anew, with what it slept.
        call(&queue).add_permits(2);
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
}

async fn nap(fails: u32) -> Program {
    let program = Program::holding().await;
    let client = program.client.clone();
    nap_with(&program, fails, async |id, run| {
        accepted(&client, id, Some(run), plays(2) as usize).await;
    })
    .await;
    program
}

#[tokio::test]
async fn what_is_said_before_one_waits_for_the_last_task() {
    let program = nap(0).await;
    let (marked, plain) = program.split();
    assert_eq!(plain, ["falls asleep", "wakes up"]);
    assert!(marked.is_empty(), "{marked:?}");
    assert_eq!(program.commits().refused.total(), 0);
    assert_eq!(program.commits().held, 0);
}

#[tokio::test]
async fn what_heartbeats_kept_comes_once_if_the_last_task_fails() {
    let program = nap(1).await;
    let (marked, plain) = program.split();
    assert_eq!(plain, ["falls asleep", "wakes up"]);
    let marked = messages(&marked);
    assert_eq!(marked, ["falls asleep", "wakes up"]);
}

/// A task that a signal follows is not executed together with the next one: an attempt at that one does
/// not execute it anew.
#[tokio::test]
async fn what_a_signal_ends_was_accepted_whatever_becomes_of_the_next_task() {
    let program = Program::holding().await;
    let client = program.client.clone();
    nap_with(&program, 1, async |id, run| {
        accepted(&client, id, Some(run), 1).await;
        let handle = client.get_workflow_handle::<Napping>(id);
        let knock = handle.signal(Napping::knock, (), WorkflowSignalOptions::default());
        knock.await.unwrap();
        while program.split().1.is_empty() {
            moment().await;
        }
    })
    .await;
    let (marked, plain) = program.split();
    assert_eq!(plain, ["falls asleep", "hears a knock", "wakes up"]);
    let marked = messages(&marked);
    assert!(!marked.contains(&"falls asleep"), "{marked:?}");
    assert!(marked.contains(&"wakes up"), "{marked:?}");
    assert_eq!(program.commits().held, 0);
}

/// A worker that is gone between two heartbeats loses what the next one executes anew, and nothing
/// else: without a command before the local activity that is all of it.
#[tokio::test]
async fn a_worker_that_is_gone_between_heartbeats_leaves_no_line_twice() {
    for gives in [false, true] {
        let program = Program::holding().await;
        let (other, its_client) = program.another().await;
        let queue = unique("taken-over");
        let _executions = fail_first(&queue, 0);
        let started = WorkflowStartOptions::new(&*queue, &*queue)
            .task_timeout(Duration::from_secs(1))
            .build();
        let started = program
            .client
            .start_workflow(Napping::run, (queue.clone(), gives), started);
        let run = started.await.unwrap();
        let first = observed(
            &program.client,
            &program.observability,
            worker(&queue),
            std::future::pending::<()>(),
        );
        tokio::select! {
            () = first => {}
            () = accepted(&program.client, &queue, run.run_id(), 2) => {}
        }
        let said = program.split().1.len();
        assert_eq!(said, usize::from(gives));
        program.server.forget_sticky("default", &queue).unwrap();
        program
            .server
            .expire_workflow_task("default", &queue)
            .unwrap();
        call(&queue).add_permits(2);
        observed(&its_client, &other, worker(&queue), async {
            run.get_result(WorkflowGetResultOptions::default())
                .await
                .unwrap();
        })
        .await;
        let (marked, plain) = program.split();
        assert_eq!(plain, ["falls asleep", "wakes up"], "gives: {gives}");
        assert!(marked.is_empty(), "{marked:?}");
        assert_eq!(program.seen("RunWorkflow completed"), 1);
        assert_eq!(program.spans()["RunWorkflow:Napping"], 1);
        assert_eq!(other.health().commits.held, 0);
    }
}
