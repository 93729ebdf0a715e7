//! The workflows of an order and its parcel.

use std::time::Duration;

use chronoscope::{
    info,
    search_attributes::{show_trace, upsert, upsert_trace},
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ChildWorkflowOptions, ContinueAsNewOptions, WorkflowContext, WorkflowResult};

use super::keys::{ORDER_STATUS, ORDER_TOTAL, TRACE_ID};

/// Ships an order, and continues as new for its return.
#[workflow]
#[derive(Default)]
pub struct Order;

#[workflow_methods]
impl Order {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, is_return: bool) -> WorkflowResult<()> {
        if is_return {
            // A run that continues as new has its own trace, whose id is not known before it
            // begins.
            upsert_trace(ctx, TRACE_ID);
            show_trace(ctx);
            upsert(ctx, [ORDER_STATUS.set("returned"), ORDER_TOTAL.unset()])?;
            info!("returned");
            return Ok(());
        }
        info!("ordered");
        let child = ChildWorkflowOptions::workflow_id(format!("{}-parcel", ctx.workflow_id()));
        let parcel = ctx.start_child_workflow(Parcel::run, (), child).await?;
        parcel.result().await?;
        upsert(ctx, [ORDER_STATUS.set("shipped")])?;
        info!("shipped");
        ctx.timer(Duration::from_millis(100)).await;
        // The status is already set, so this is no command.
        upsert(ctx, [ORDER_STATUS.set("shipped")])?;
        ctx.continue_as_new(true, ContinueAsNewOptions::default())?;
        Ok(())
    }
}

/// Packs the ordered items.
#[workflow]
#[derive(Default)]
pub struct Parcel;

#[workflow_methods]
impl Parcel {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.timer(Duration::from_millis(100)).await;
        Ok(())
    }
}
