//! An order: two activities, a timer, a child workflow and a signal.

use std::time::Duration;

use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult,
};

use super::activities::Steps;

/// Reserves, waits a moment and for approval, lets a child deliver, and charges.
#[workflow]
#[derive(Default)]
pub struct Order {
    approved: bool,
}

#[workflow_methods]
impl Order {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, order: String) -> WorkflowResult<String> {
        ctx.execute_activity(Steps::reserve, order.clone(), options())
            .await?;
        ctx.timer(Duration::from_millis(200)).await;
        ctx.wait_condition(|state: &Self| state.approved).await?;
        let child = ChildWorkflowOptions::workflow_id(format!("{}-delivery", ctx.workflow_id()));
        let child = ctx
            .start_child_workflow(Delivery::run, order.clone(), child)
            .await?;
        let delivered = child.result().await?;
        ctx.execute_activity(Steps::charge, order, options())
            .await?;
        Ok(delivered)
    }

    #[signal]
    pub fn approve(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.approved = true;
    }
}

/// The child: one activity.
#[workflow]
#[derive(Default)]
pub struct Delivery;

#[workflow_methods]
impl Delivery {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, order: String) -> WorkflowResult<String> {
        let delivered = ctx
            .execute_activity(Steps::deliver, order, options())
            .await?;
        Ok(delivered)
    }
}

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(20))
}
