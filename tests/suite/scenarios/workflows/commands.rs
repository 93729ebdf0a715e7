//! Workflows that differ in the commands they give.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions, LocalActivityOptions,
    WorkflowContext, WorkflowContextView, WorkflowResult, workflows,
};

use super::{super::Steps, options, soon};

#[workflow]
#[derive(Default)]
pub struct Timers;

#[workflow_methods]
impl Timers {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        for n in 0..3 {
            info!(n, "sleeping");
            ctx.timer(soon()).await;
        }
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Activities;

#[workflow_methods]
impl Activities {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<u32> {
        let doubled = ctx.execute_activity(Steps::double, 1u32, options()).await?;
        info!(doubled, "one after the other");
        let (a, b) = workflows::join!(
            ctx.execute_activity(Steps::double, 2u32, options()),
            ctx.execute_activity(Steps::double, 3u32, options()),
        );
        info!(a = a?, b = b?, "side by side");
        let attempts = ctx.execute_activity(Steps::flaky, (), options()).await?;
        info!(attempts, "after a retry");
        Ok(doubled)
    }
}

#[workflow]
#[derive(Default)]
pub struct LocalActivities;

#[workflow_methods]
impl LocalActivities {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        for n in 0..2u32 {
            let options = LocalActivityOptions::builder()
                .start_to_close_timeout(Duration::from_secs(20))
                .build();
            let doubled = ctx
                .execute_local_activity(Steps::double, n, options)
                .await?;
            info!(doubled, "doubled locally");
            ctx.timer(soon()).await;
        }
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Parent;

#[workflow_methods]
impl Parent {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<u32> {
        let mut sum = 0;
        for n in 0..2u32 {
            let id = format!("{}-{n}", ctx.workflow_id());
            let options = ChildWorkflowOptions::workflow_id(id);
            let child = ctx.start_child_workflow(Child::run, n, options).await?;
            info!(n, "child started");
            sum += child.result().await?;
            info!(sum, "child completed");
        }
        Ok(sum)
    }
}

#[workflow]
#[derive(Default)]
pub struct Child;

#[workflow_methods]
impl Child {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, n: u32) -> WorkflowResult<u32> {
        info!(n, "child at work");
        ctx.timer(soon()).await;
        Ok(n)
    }
}

#[workflow]
pub struct Initialized {
    n: u32,
}

#[workflow_methods]
impl Initialized {
    #[init]
    pub fn new(_ctx: &WorkflowContextView, n: u32) -> Self {
        info!(n, "initialized");
        Self { n }
    }

    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        for left in (0..ctx.state(|state| state.n)).rev() {
            ctx.timer(soon()).await;
            info!(left, "counting down");
        }
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Patched;

#[workflow_methods]
impl Patched {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        if ctx.patched("double-first") {
            let doubled = ctx.execute_activity(Steps::double, 1u32, options()).await?;
            info!(doubled, "patched");
        }
        ctx.timer(soon()).await;
        info!("done");
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Failing;

#[workflow_methods]
impl Failing {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        let failed = ctx.execute_activity(Steps::broken, (), options()).await;
        info!(failed = failed.is_err(), "activity failed");
        ctx.timer(soon()).await;
        Err(ApplicationFailure::non_retryable("no way").into())
    }
}

#[workflow]
#[derive(Default)]
pub struct Selecting;

#[workflow_methods]
impl Selecting {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        workflows::select! {
            _ = ctx.timer(soon()) => { info!("the timer was first"); }
            _ = ctx.timer(Duration::from_secs(600)) => { info!("never"); }
        }
        ctx.timer(soon()).await;
        info!("after the selection");
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Continued;

#[workflow_methods]
impl Continued {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, left: u32) -> WorkflowResult<()> {
        info!(left, "one more run");
        ctx.timer(soon()).await;
        if left > 0 {
            ctx.continue_as_new(left - 1, ContinueAsNewOptions::default())?;
        }
        Ok(())
    }
}
