//! What a run waits for: in introspection, in a query of its own, on another worker, after a replay.

use std::time::Duration;

use chronoscope::{
    Observability,
    introspect::v1::{ListRunsRequest, Run, introspect_client::IntrospectClient},
    trace::wait,
};
use chronoscope_testserver::TestServer;
use temporalio_client::{Client, WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions};
use temporalio_common::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, LocalActivityOptions, SyncWorkflowContext,
    WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows::{join, join_all},
};
use tonic::transport::Channel;

use super::{QUEUE, connect, inside, observed, start};

struct Shop;

#[activities]
impl Shop {
    #[activity]
    async fn charge(_: ActivityContext, _secret: String) -> Result<(), ActivityError> {
        Ok(())
    }

    /// Never works.
    #[activity]
    async fn print(_: ActivityContext) -> Result<(), ActivityError> {
        Err(anyhow::anyhow!("no paper").into())
    }
}

#[workflow]
#[derive(Default)]
struct Parcel;

#[workflow_methods]
impl Parcel {
    #[run]
    async fn run(_: &mut WorkflowContext<Self>, _secret: String) -> WorkflowResult<()> {
        Ok(())
    }
}

/// Waits for one thing of each kind, and for what its signals add.
#[workflow]
#[derive(Default)]
struct Order {
    paid: u32,
    approved: bool,
}

/// A task queue that nobody polls.
const NOBODY: &str = "nobody";

fn activity() -> ActivityOptions {
    ActivityOptions::with_start_to_close_timeout(Duration::from_secs(600))
        .task_queue(NOBODY.to_owned())
        .build()
}

#[workflow_methods]
impl Order {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let secret = || "a secret".to_owned();
        // Ends at once, and is no wait any more.
        ctx.timer(Duration::from_millis(1)).await;
        let charge = ctx.execute_activity(Shop::charge, secret(), activity());
        let local = LocalActivityOptions::builder()
            .start_to_close_timeout(Duration::from_secs(5))
            .timer_backoff_threshold(Duration::from_millis(1))
            .retry_policy(
                RetryPolicy::builder()
                    .initial_interval(Duration::from_secs(600))
                    .build(),
            )
            .build();
        let print = ctx.execute_local_activity(Shop::print, (), local);
        let year = ctx.timer(Duration::from_secs(365 * 86_400));
        let child = ChildWorkflowOptions::builder()
            .workflow_id("parcel-7".to_owned())
            .task_queue(NOBODY.to_owned())
            .build();
        let parcel = async {
            let parcel = ctx
                .start_child_workflow(Parcel::run, secret(), child)
                .await?;
            parcel.result().await?;
            WorkflowResult::Ok(())
        };
        let approval = wait("approval", ctx.wait_condition(|order| order.approved));
        let _ = join!(charge, print, year, parcel, approval);
        Ok(())
    }

    #[signal]
    async fn pay(ctx: &mut WorkflowContext<Self>, many: u32) {
        ctx.state_mut(|order| order.paid += many);
        let charges =
            (0..many).map(|_| ctx.execute_activity(Shop::charge, String::new(), activity()));
        join_all(charges).await;
    }

    #[signal]
    fn approve(&mut self, _: &mut SyncWorkflowContext<Self>) {
        self.approved = true;
    }

    #[query]
    fn waits(&self, _: &WorkflowContextView) -> (u32, String) {
        (self.paid, chronoscope::execution::waits().to_string())
    }
}

/// Waits for something that no hook shows.
#[workflow]
#[derive(Default)]
struct Dreamer;

#[workflow_methods]
impl Dreamer {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.wait_condition(|_| false).await?;
        Ok(())
    }

    #[query]
    fn waits(&self, _: &WorkflowContextView) -> String {
        chronoscope::execution::waits().to_string()
    }
}

fn worker(cache: usize) -> WorkerOptions {
    WorkerOptions::new(QUEUE)
        .max_cached_workflows(cache)
        .register_workflow::<Order>()
        .unwrap()
        .register_workflow::<Dreamer>()
        .unwrap()
        .register_activities(Shop)
        .build()
}

/// A program with introspection, on a server in this process.
async fn set_up() -> (Observability, TestServer, Client, IntrospectClient<Channel>) {
    let observability = Observability::builder()
        .introspect(|i| i.listen(([127, 0, 0, 1], 0)))
        .build()
        .unwrap();
    let inside = inside(&observability).await;
    let server = TestServer::builder().start().await;
    let client = connect(&server, &observability).await;
    (observability, server, client, inside)
}

async fn only(inside: &mut IntrospectClient<Channel>) -> Run {
    let list = inside.list_runs(ListRunsRequest::default()).await.unwrap();
    let mut runs = list.into_inner().runs;
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// What a run answers that it waits for, once it has got its signals and tried to print.
async fn waits(run: &WorkflowHandle<Client, order::Run>, paid: u32) -> String {
    loop {
        let options = WorkflowQueryOptions::default();
        let (own, waits) = run.query(Order::waits, (), options).await.unwrap();
        // The local activity's next try waits for a timer.
        if own == paid && waits.matches("timer").count() == 2 {
            return waits;
        }
    }
}

#[tokio::test]
async fn each_kind_of_wait_has_its_name_and_id() {
    let (observability, _server, client, mut inside) = set_up().await;
    observed(&client, &observability, worker(100), async {
        let run = start(&client, Order::run, ()).await;
        let answered = waits(&run, 0).await;
        let kinds: Vec<_> = answered
            .split(", ")
            .map(|wait| wait.split(" since ").next().unwrap().to_owned())
            .collect();
        assert!(
            kinds[0].starts_with("condition approval at tests/stuck/waits.rs:"),
            "{answered}"
        );
        let activity: Vec<_> = kinds[1].split(' ').collect();
        assert_eq!(activity[..2], ["activity", "Shop::charge"], "{answered}");
        assert_eq!(kinds[2], "child workflow Parcel parcel-7", "{answered}");
        assert!(kinds[3].starts_with("timer "), "{answered}");
        assert!(kinds[4].starts_with("timer "), "{answered}");
        assert_eq!(kinds.len(), 5, "{answered}");
        assert!(!answered.contains("secret"));

        let seen = only(&mut inside).await;
        let listed: Vec<_> = seen.waits.iter().map(|wait| &*wait.kind).collect();
        assert_eq!(
            listed,
            ["condition", "activity", "child workflow", "timer", "timer"]
        );
        assert!(seen.waits.iter().all(|wait| wait.since.is_some()));
        assert!(seen.waits[3].until.is_some());
        assert!(seen.waits[0].place.contains("waits.rs:"));
        assert!(!seen.waits_unseen && seen.more_waits == 0);
        assert!(!format!("{seen:?}").contains("secret"));

        let options = WorkflowSignalOptions::default();
        run.signal(Order::approve, (), options).await.unwrap();
        loop {
            let seen = only(&mut inside).await;
            if seen.waits.iter().all(|wait| wait.kind != "condition") {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_of_many_waits_are_listed() {
    let (observability, _server, client, mut inside) = set_up().await;
    observed(&client, &observability, worker(100), async {
        let run = start(&client, Order::run, ()).await;
        let options = WorkflowSignalOptions::default();
        run.signal(Order::pay, 50, options).await.unwrap();
        // A condition, a child and two timers besides.
        loop {
            let list = inside.list_runs(ListRunsRequest::default()).await.unwrap();
            let seen = list.into_inner().runs.pop().unwrap_or_default();
            if seen.waits.len() == 32 && seen.more_waits == 23 {
                break;
            }
        }
        let options = WorkflowQueryOptions::default();
        let (_, answered) = run.query(Order::waits, (), options).await.unwrap();
        assert!(answered.ends_with(" and 23 more"), "{answered}");
    })
    .await;
}

#[tokio::test]
async fn waits_after_a_replay_are_those_before_it() {
    let (observability, server, client, _) = set_up().await;
    let run = start(&client, Order::run, ()).await;
    let live = observed(&client, &observability, worker(100), async {
        let options = WorkflowSignalOptions::default();
        run.signal(Order::pay, 2, options).await.unwrap();
        waits(&run, 2).await
    })
    .await;
    for cache in [0, 100] {
        let observability = Observability::builder().build().unwrap();
        let workflow_id = &run.info().workflow_id;
        server.forget_sticky("default", workflow_id).unwrap();
        let replayed = observed(&client, &observability, worker(cache), waits(&run, 2)).await;
        assert_eq!(live, replayed, "{cache}");
    }
}

#[tokio::test]
async fn a_run_that_waits_for_nothing_that_is_shown_says_so() {
    let (observability, _server, client, mut inside) = set_up().await;
    observed(&client, &observability, worker(100), async {
        let run = start(&client, Dreamer::run, ()).await;
        let options = WorkflowQueryOptions::default();
        let answered = run.query(Dreamer::waits, (), options).await.unwrap();
        let unseen = "nothing that the SDK shows: a condition, or a future of another library";
        assert_eq!(answered, unseen);
        let seen = only(&mut inside).await;
        assert!(seen.waits_unseen && seen.waits.is_empty(), "{seen:?}");
    })
    .await;
    assert!(chronoscope::execution::waits().is_empty());
}
