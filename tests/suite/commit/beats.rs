//! Local activities that outlive their workflow task, which heartbeats keep alive.

use std::time::Duration;

use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    LocalActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::setting::{Program, fail_first, is_to_fail};
use crate::support::{observed, unique};

struct Slow;

#[activities]
impl Slow {
    /// Outlives two tasks of three seconds.
    #[activity]
    async fn nap(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        tokio::time::sleep(Duration::from_millis(7500)).await;
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Napping;

#[workflow_methods]
impl Napping {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<()> {
        tracing::info!("falls asleep");
        let options = LocalActivityOptions::builder()
            .start_to_close_timeout(Duration::from_secs(60))
            .build();
        ctx.execute_local_activity(Slow::nap, (), options).await?;
        tracing::info!("wakes up");
        assert!(!is_to_fail(&name), "on purpose");
        Ok(())
    }
}

/// Runs a workflow with a local activity, whose last task fails this often.
async fn nap(fails: u32) -> Program {
    let program = Program::holding().await;
    nap_with(&program, fails).await;
    program
}

pub async fn nap_with(program: &Program, fails: u32) {
    let queue = unique("beats");
    let _executions = fail_first(&queue, fails);
    let options = WorkerOptions::new(&*queue)
        .register_activities(Slow)
        .register_workflow::<Napping>()
        .unwrap()
        .build();
    observed(&program.client, &program.observability, options, async {
        let started = WorkflowStartOptions::new(&*queue, &*queue)
            .task_timeout(Duration::from_secs(3))
            .build();
        let started = program
            .client
            .start_workflow(Napping::run, queue.clone(), started);
        let run = started.await.unwrap();
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
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
    let marked: Vec<_> = marked
        .iter()
        .map(|line| &line["fields"]["message"])
        .collect();
    assert_eq!(marked, ["falls asleep", "wakes up"]);
}
