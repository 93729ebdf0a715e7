//! Each logs at every step, in every place where workflow code runs.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions,
    LocalActivityOptions, SignalWorkflowOptions, SyncWorkflowContext, WorkflowCancellationToken,
    WorkflowContext, WorkflowContextView, WorkflowResult, workflows,
};

use super::Steps;

fn soon() -> Duration {
    Duration::from_millis(20)
}

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(20))
}

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

#[workflow]
#[derive(Default)]
pub struct Signalled {
    seen: Vec<u32>,
}

#[workflow_methods]
impl Signalled {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, expected: usize) -> WorkflowResult<Vec<u32>> {
        ctx.wait_condition(|state: &Self| state.seen.len() >= expected)
            .await?;
        info!(expected, "all signals seen");
        ctx.timer(soon()).await;
        Ok(ctx.state(|state| state.seen.clone()))
    }

    #[signal]
    pub async fn add(ctx: &mut WorkflowContext<Self>, n: u32) {
        info!(n, "signal came");
        ctx.timer(soon()).await;
        info!(n, "signal handled");
        ctx.state_mut(|state| state.seen.push(n));
    }
}

#[workflow]
#[derive(Default)]
pub struct Signalling;

#[workflow_methods]
impl Signalling {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, receiver: String) -> WorkflowResult<()> {
        let receiver = ctx.external_workflow(receiver, None);
        receiver
            .signal(Signalled::add, 7u32, SignalWorkflowOptions::default())
            .await?;
        info!("signalled");
        ctx.timer(soon()).await;
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Asked {
    total: u32,
}

#[workflow_methods]
impl Asked {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<u32> {
        ctx.wait_condition(|state: &Self| state.total > 0).await?;
        info!("total is there");
        Ok(ctx.state(|state| state.total))
    }

    #[signal]
    pub fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, n: u32) {
        info!(n, "added");
        self.total += n;
    }

    #[query]
    pub fn total(&self, _ctx: &WorkflowContextView) -> u32 {
        info!(total = self.total, "asked");
        self.total
    }
}

#[workflow]
#[derive(Default)]
pub struct Updated {
    total: i32,
    updates: u32,
}

#[workflow_methods]
impl Updated {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<i32> {
        ctx.wait_condition(|state: &Self| state.updates >= 2)
            .await?;
        info!("all updates done");
        ctx.timer(soon()).await;
        Ok(ctx.state(|state| state.total))
    }

    #[update_validator(add)]
    fn validate_add(
        &self,
        _ctx: &WorkflowContextView,
        n: &i32,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        info!(n, "validating");
        if *n < 0 {
            Err("negative".into())
        } else {
            Ok(())
        }
    }

    #[update]
    pub fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, n: i32) -> i32 {
        info!(n, "adding");
        self.total += n;
        self.updates += 1;
        self.total
    }

    #[update]
    pub async fn add_slowly(ctx: &mut WorkflowContext<Self>, n: i32) -> i32 {
        ctx.timer(soon()).await;
        info!(n, "adding slowly");
        ctx.state_mut(|state| {
            state.total += n;
            state.updates += 1;
            state.total
        })
    }
}

#[workflow]
#[derive(Default)]
pub struct Cancelled {
    waiting: bool,
}

#[workflow_methods]
impl Cancelled {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<u32> {
        ctx.state_mut(|state| state.waiting = true);
        let beating = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(20))
            .heartbeat_timeout(Duration::from_secs(1))
            .build();
        let endless = ctx.execute_activity(Steps::endless, (), beating).await;
        info!(cancelled = endless.is_err(), "stopped");
        // Cleaning up must not be cancelled with the rest.
        let shielded = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(20))
            .cancellation_token(WorkflowCancellationToken::new())
            .build();
        let cleaned = ctx.execute_activity(Steps::double, 21u32, shielded).await?;
        info!(cleaned, "cleaned up");
        Ok(cleaned)
    }

    #[query]
    pub fn waiting(&self, _ctx: &WorkflowContextView) -> bool {
        self.waiting
    }
}
