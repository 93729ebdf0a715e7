//! Failures are shown, without their payloads.

use std::time::Duration;

use chronoscope::{Observability, introspect::v1::*};
use temporalio_client::{Client as Temporal, ClientOptions, WorkflowTerminateOptions};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::{Client, client, often, runs_until, serve, until};
use crate::{
    encryption::needles::{leaks, secret},
    support::{connect, namespace, observed, start, unique, wrong_key},
};

struct Steps;

#[activities]
impl Steps {
    #[activity]
    async fn keep(_ctx: ActivityContext, secret: String) -> Result<String, ActivityError> {
        Ok(secret)
    }
}

/// As it was first.
#[workflow]
#[derive(Default)]
struct Before;

#[workflow_methods]
impl Before {
    #[run(name = "Changed")]
    async fn run(ctx: &mut WorkflowContext<Self>, input: String) -> WorkflowResult<()> {
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(20));
        ctx.execute_activity(Steps::keep, input, options).await?;
        loop {
            ctx.timer(Duration::from_millis(100)).await;
        }
    }
}

/// As it is now: a child does what an activity did.
#[workflow]
#[derive(Default)]
struct After;

#[workflow_methods]
impl After {
    #[run(name = "Changed")]
    async fn run(ctx: &mut WorkflowContext<Self>, input: String) -> WorkflowResult<()> {
        let options = ChildWorkflowOptions::workflow_id("never".to_owned());
        let child = ctx.start_child_workflow(Self::run, input, options).await?;
        child.result().await?;
        Ok(())
    }
}

/// Everything that the service shows of runs and events.
async fn everything(inside: &mut Client) -> String {
    let runs = ListRunsRequest::default();
    let runs = inside.list_runs(runs).await.unwrap().into_inner();
    let request = WatchEventsRequest {
        from_oldest: true,
        pace: often(),
        ..Default::default()
    };
    let stream = inside.watch_events(request).await.unwrap().into_inner();
    let events = until(stream, |_| true).await;
    format!("{runs:#?}\n{events:#?}")
}

#[tokio::test]
async fn non_determinism_that_quotes_an_event_shows_no_payload() {
    let (observability, address) = serve(Observability::builder());
    let mut inside = client(address).await;
    let temporal = connect(Some(&observability)).await;
    let queue = unique("changed");
    let before = WorkerOptions::new(&*queue)
        .register_workflow::<Before>()
        .unwrap()
        .register_activities(Steps)
        .build();
    let run = observed(&temporal, &observability, before, async {
        let run = start(&temporal, &queue, Before::run, secret("argument")).await;
        // The activity has ended, and its result is in the history.
        let has_timers = |list: &ListRunsResponse| {
            let run = list.runs.first();
            run.is_some_and(|run| run.history_length > 15)
        };
        runs_until(&mut inside, &queue, has_timers).await;
        run
    });
    let run = run.await;
    let after = WorkerOptions::new(&*queue)
        .register_workflow::<After>()
        .unwrap()
        .build();
    observed(&temporal, &observability, after, async {
        let is_stuck = |list: &ListRunsResponse| list.runs.iter().any(|run| run.stuck);
        let list = runs_until(&mut inside, &queue, is_stuck).await;
        let failure = list.runs[0].last_failure.as_ref().unwrap();
        assert_eq!(failure.cause, "NON_DETERMINISTIC_ERROR");
        // What the core quotes is cut off, and nothing else.
        let said = "Child workflow machine does not handle this event: HistoryEvent {…";
        assert!(failure.message.ends_with(said), "{}", failure.message);
        let said = everything(&mut inside).await;
        assert!(said.contains("HistoryEvent {…"), "{said}");
        assert_eq!(leaks(&said), [""; 0]);
        run.terminate(WorkflowTerminateOptions::default())
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_task_that_can_not_be_decoded_is_a_failure_of_its_run() {
    let (observability, address) = serve(Observability::builder());
    let mut inside = client(address).await;
    let temporal = connect(Some(&observability)).await;
    let queue = unique("wrong-key");
    let options = ClientOptions::new(namespace().await).data_converter(wrong_key());
    let options = observability.wrap(options.build());
    let wrong = Temporal::new(temporal.connection().clone(), options).unwrap();
    let worker = WorkerOptions::new(&*queue)
        .register_workflow::<Before>()
        .unwrap()
        .build();
    observed(&wrong, &observability, worker, async {
        let run = start(&temporal, &queue, Before::run, secret("argument")).await;
        let has_failed = |list: &ListRunsResponse| {
            let run = list.runs.first();
            run.is_some_and(|run| run.consecutive_failures >= 2)
        };
        let list = runs_until(&mut inside, &queue, has_failed).await;
        let seen = &list.runs[0];
        assert!(seen.stuck, "{seen:?}");
        assert_eq!(Some(&*seen.run_id), run.info().run_id.as_deref());
        assert_eq!(seen.last_task.as_ref().unwrap().outcome, "failed");
        let failure = seen.last_failure.as_ref().unwrap();
        assert_eq!(failure.message, "Failed decoding activation: …");
        let said = everything(&mut inside).await;
        assert!(said.contains("TaskFailed"), "{said}");
        assert_eq!(leaks(&said), [""; 0]);
        run.terminate(WorkflowTerminateOptions::default())
            .await
            .unwrap();
    })
    .await;
}
