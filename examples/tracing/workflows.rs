//! The workflows of an order and its payment.

use std::time::Duration;

use chronoscope::{info, trace::wait};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, SyncWorkflowContext, WorkflowContext,
    WorkflowContextView, WorkflowResult,
};
use tracing::Instrument as _;

use super::activities::ShopActivities;

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(10))
}

/// Sells an item: reserves it, waits for an approval, takes the payment, and packs it.
#[workflow]
#[derive(Default)]
pub struct Order {
    approved: bool,
}

#[workflow_methods]
impl Order {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, item: String) -> WorkflowResult<()> {
        ctx.execute_activity(ShopActivities::reserve, item.clone(), options())
            .await?;
        // The SDK has no hook for conditions: this helper gives them a span.
        wait("approval", ctx.wait_condition(|order| order.approved)).await?;
        let child = ChildWorkflowOptions::builder()
            .workflow_id(format!("{}-payment", ctx.workflow_id()))
            .build();
        let payment = ctx.start_child_workflow(Payment::run, item, child).await?;
        payment.result().await?;
        let packing = async {
            ctx.timer(Duration::from_millis(300)).await;
            info!("packed");
        };
        packing.instrument(tracing::info_span!("pack")).await;
        Ok(())
    }

    #[signal]
    pub fn approve(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        info!("approved");
        self.approved = true;
    }

    #[query]
    pub fn is_approved(&self, _ctx: &WorkflowContextView) -> bool {
        self.approved
    }
}

/// Takes the payment of an item.
#[workflow]
#[derive(Default)]
pub struct Payment;

#[workflow_methods]
impl Payment {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, item: String) -> WorkflowResult<()> {
        ctx.execute_activity(ShopActivities::charge, item, options())
            .await?;
        Ok(())
    }
}
