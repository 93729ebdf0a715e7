//! Ways to be stuck, each with what introspection and the lines say of it.
//!
//! Code that blocks, code that left its history and histories that grow have files of their own.

use std::time::Duration;

use chronoscope::{
    Observability,
    introspect::v1::{ListRunsRequest, Run, RunState},
    trace::wait,
};
use chronoscope_testserver::TestServer;
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use temporalio_client::WorkflowStartUpdateOptions;
use temporalio_common::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::{Lines, QUEUE, connect, inside, observed, said, start};

/// A way to be stuck.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Way {
    AwaitsSignal,
    AwaitsNamedCondition,
    AwaitsCondition,
    ActivityWithoutWorker,
    ActivityInBackoff,
    ActivityThatHangs,
    ChildThatWaits,
    TimerOfAYear,
    ForeignFuture,
    OtherThatWaitsForThis,
    UpdateThatWaits,
    Panics,
    ResultThatIsNotConverted,
}

/// What is expected of a run that is stuck in some way.
enum Expected {
    /// It waits for this: a kind and a name.
    Waits(&'static str, &'static str),
    /// It waits for nothing that the SDK shows.
    Unseen,
    /// Its task fails, with this cause.
    Fails(&'static str),
}

use Expected::{Fails, Unseen, Waits};

/// Each way, and what is said of it.
const WAYS: &[(Way, Expected)] = &[
    (Way::AwaitsSignal, Waits("condition", "payment")),
    (Way::AwaitsNamedCondition, Waits("condition", "never")),
    (Way::AwaitsCondition, Unseen),
    (Way::ActivityWithoutWorker, Waits("activity", "Acts::works")),
    (Way::ActivityInBackoff, Waits("activity", "Acts::fails")),
    (Way::ActivityThatHangs, Waits("activity", "Acts::hangs")),
    (Way::ChildThatWaits, Waits("child workflow", "Stuck")),
    (Way::TimerOfAYear, Waits("timer", "")),
    (Way::ForeignFuture, Unseen),
    (Way::OtherThatWaitsForThis, Waits("child workflow", "Stuck")),
    (Way::UpdateThatWaits, Waits("condition", "update")),
    (Way::Panics, Fails("WORKFLOW_WORKER_UNHANDLED_FAILURE")),
    (
        Way::ResultThatIsNotConverted,
        Fails("WORKFLOW_WORKER_UNHANDLED_FAILURE"),
    ),
];

/// A result that is converted only if it is good.
#[derive(Debug, Deserialize)]
struct Good(bool);

impl Serialize for Good {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            true => serializer.serialize_bool(true),
            false => Err(S::Error::custom("a secret")),
        }
    }
}

struct Acts;

#[activities]
impl Acts {
    #[activity]
    async fn works(_: ActivityContext) -> Result<(), ActivityError> {
        Ok(())
    }

    #[activity]
    async fn fails(_: ActivityContext) -> Result<(), ActivityError> {
        Err(anyhow::anyhow!("a secret").into())
    }

    #[activity]
    async fn hangs(ctx: ActivityContext) -> Result<(), ActivityError> {
        ctx.cancelled().await;
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Stuck {
    is_paid: bool,
}

#[workflow_methods]
impl Stuck {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, way: Way) -> WorkflowResult<Good> {
        let options = || ActivityOptions::with_start_to_close_timeout(Duration::from_secs(600));
        match way {
            Way::AwaitsSignal => {
                wait("payment", ctx.wait_condition(|stuck| stuck.is_paid)).await?;
            }
            Way::AwaitsNamedCondition => {
                wait("never", ctx.wait_condition(|_| false)).await?;
            }
            Way::AwaitsCondition | Way::UpdateThatWaits => {
                ctx.wait_condition(|_| false).await?;
            }
            Way::ActivityWithoutWorker => {
                let options = options().task_queue("nobody".to_owned()).build();
                ctx.execute_activity(Acts::works, (), options).await?;
            }
            Way::ActivityInBackoff => {
                let retries = RetryPolicy::builder().initial_interval(Duration::from_secs(600));
                let options = options().retry_policy(retries.build()).build();
                ctx.execute_activity(Acts::fails, (), options).await?;
            }
            Way::ActivityThatHangs => {
                ctx.execute_activity(Acts::hangs, (), options().build())
                    .await?;
            }
            Way::ChildThatWaits | Way::OtherThatWaitsForThis => {
                let options = ChildWorkflowOptions::builder().task_queue("nobody".to_owned());
                let child = ctx
                    .start_child_workflow(Stuck::run, Way::AwaitsSignal, options.build())
                    .await?;
                child.result().await?;
            }
            Way::TimerOfAYear => {
                ctx.timer(Duration::from_secs(365 * 86_400)).await;
            }
            Way::ForeignFuture => futures::future::pending().await,
            Way::Panics => panic!("a secret"),
            Way::ResultThatIsNotConverted => return Ok(Good(false)),
        }
        Ok(Good(true))
    }

    #[signal]
    async fn pay(ctx: &mut WorkflowContext<Self>) {
        ctx.state_mut(|stuck| stuck.is_paid = true);
    }

    #[update]
    async fn change(ctx: &mut WorkflowContext<Self>) {
        let _ = wait("update", ctx.wait_condition(|_| false)).await;
    }
}

/// Whether a run is said to be stuck as expected.
fn is_said(run: &Run, expected: &Expected) -> bool {
    let rests = run.state() == RunState::Waiting;
    match expected {
        Waits(kind, name) => {
            let [wait] = &run.waits[..] else { return false };
            rests && !run.stuck && !run.waits_unseen && (&*wait.kind, &*wait.name) == (*kind, *name)
        }
        Unseen => rests && !run.stuck && run.waits_unseen && run.waits.is_empty(),
        Fails(cause) => {
            let failure = run.last_failure.as_ref();
            run.stuck && failure.is_some_and(|failure| failure.cause == *cause)
        }
    }
}

#[tokio::test]
async fn each_way_to_be_stuck_is_told() {
    for (way, expected) in WAYS {
        let lines = Lines::default();
        let _default = lines.set_default();
        let observability = Observability::builder()
            .introspect(|i| i.listen(([127, 0, 0, 1], 0)))
            .build()
            .unwrap();
        let server = TestServer::builder().start().await;
        let client = connect(&server, &observability).await;
        let options = WorkerOptions::new(QUEUE)
            // The activity that hangs is cancelled then.
            .graceful_shutdown_period(Duration::from_millis(1))
            .register_workflow::<Stuck>()
            .unwrap()
            .register_activities(Acts)
            .build();
        observed(&client, &observability, options, async {
            let mut inside = inside(&observability).await;
            let run = start(&client, Stuck::run, *way).await;
            if *way == Way::UpdateThatWaits {
                let options = WorkflowStartUpdateOptions::default();
                run.start_update(Stuck::change, (), options).await.unwrap();
            }
            let told = async {
                loop {
                    let list = inside.list_runs(ListRunsRequest::default()).await.unwrap();
                    let told = list.into_inner().runs.pop();
                    if told.is_some_and(|told| is_said(&told, expected)) {
                        return;
                    }
                }
            };
            let told = tokio::time::timeout(Duration::from_secs(60), told).await;
            assert!(told.is_ok(), "{way:?}: {}", lines.text());
            run.terminate(Default::default()).await.unwrap();
        })
        .await;
        let failing = said(&lines, "the run does not advance");
        assert_eq!(!failing.is_empty(), matches!(expected, Fails(_)), "{way:?}");
    }
}
