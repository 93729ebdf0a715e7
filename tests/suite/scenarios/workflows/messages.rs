//! Workflows that differ in what is sent to them.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SignalWorkflowOptions, SyncWorkflowContext, WorkflowCancellationToken,
    WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::{super::Steps, soon};

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
