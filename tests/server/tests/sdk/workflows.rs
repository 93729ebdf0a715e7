//! The workflows and activities.

use std::time::Duration;

use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions,
    LocalActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

pub(crate) struct Steps;

#[activities]
impl Steps {
    #[activity]
    pub(crate) async fn double(_ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        Ok(n * 2)
    }

    #[activity]
    pub(crate) async fn broken(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        Err(ApplicationFailure::non_retryable("never").into())
    }

    /// Fails at its first attempt.
    #[activity]
    pub(crate) async fn flaky(ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        match ctx.info().attempt {
            1 => Err(ApplicationFailure::new("not yet").into()),
            attempt => Ok(attempt),
        }
    }
}

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(20))
}

/// An activity, a timer, a local activity, a child, a patch, then a wait for the client.
#[workflow]
#[derive(Default)]
pub(crate) struct Mixed {
    total: u32,
    released: bool,
}

#[workflow_methods]
impl Mixed {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, n: u32) -> WorkflowResult<u32> {
        let doubled = ctx.execute_activity(Steps::double, n, options()).await?;
        ctx.timer(Duration::from_millis(50)).await;
        let local = LocalActivityOptions::builder()
            .start_to_close_timeout(Duration::from_secs(20))
            .build();
        let doubled = ctx
            .execute_local_activity(Steps::double, doubled, local)
            .await?;
        let id = format!("{}-child", ctx.workflow_id());
        let child = ctx
            .start_child_workflow(Sleeper::run, 1u64, ChildWorkflowOptions::workflow_id(id))
            .await?;
        child.result().await?;
        if ctx.patched("more") {
            ctx.execute_activity(Steps::flaky, (), options()).await?;
        }
        ctx.state_mut(|state| state.total += doubled);
        ctx.wait_condition(|state: &Self| state.released).await?;
        Ok(ctx.state(|state| state.total))
    }

    #[signal]
    pub(crate) fn release(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _input: ()) {
        self.released = true;
    }

    #[query]
    pub(crate) fn total(&self, _ctx: &WorkflowContextView) -> u32 {
        self.total
    }

    #[update_validator(add)]
    fn validate_add(
        &self,
        _ctx: &WorkflowContextView,
        n: &u32,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if *n == 0 {
            Err("nothing to add".into())
        } else {
            Ok(())
        }
    }

    #[update]
    pub(crate) fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, n: u32) -> u32 {
        self.total += n;
        self.total
    }
}

/// Sleeps for so many seconds.
#[workflow]
#[derive(Default)]
pub(crate) struct Sleeper;

#[workflow_methods]
impl Sleeper {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, seconds: u64) -> WorkflowResult<u64> {
        if seconds > 0 {
            ctx.timer(Duration::from_secs(seconds)).await;
        }
        Ok(seconds)
    }
}

/// Sleeps in a child, and runs anew until nothing is left.
#[workflow]
#[derive(Default)]
pub(crate) struct Chain;

#[workflow_methods]
impl Chain {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, left: u32) -> WorkflowResult<()> {
        let id = format!("{}-child-{left}", ctx.workflow_id());
        let child = ctx
            .start_child_workflow(Sleeper::run, 3600u64, ChildWorkflowOptions::workflow_id(id))
            .await?;
        child.result().await?;
        ctx.execute_activity(Steps::flaky, (), options()).await?;
        ctx.timer(Duration::from_secs(86_400)).await;
        if left > 0 {
            ctx.continue_as_new(left - 1, ContinueAsNewOptions::default())?;
        }
        Ok(())
    }
}

/// Runs anew until nothing is left.
#[workflow]
#[derive(Default)]
pub(crate) struct Again;

#[workflow_methods]
impl Again {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, left: u32) -> WorkflowResult<()> {
        ctx.execute_activity(Steps::double, left, options()).await?;
        if left > 0 {
            ctx.continue_as_new(left - 1, ContinueAsNewOptions::default())?;
        }
        Ok(())
    }
}

/// Fails because its activity does.
#[workflow]
#[derive(Default)]
pub(crate) struct Failing;

#[workflow_methods]
impl Failing {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.execute_activity(Steps::broken, (), options()).await?;
        Ok(())
    }
}
