//! The shopping cart.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult,
    workflows::select,
};

use super::activities::Till;

/// Holds items until they are paid, or for an hour.
#[workflow]
#[derive(Default)]
pub struct Cart {
    items: u32,
    paid: Option<u32>,
}

#[workflow_methods]
impl Cart {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<u32> {
        info!("cart taken");
        select! {
            paid = ctx.wait_condition(|cart| cart.paid.is_some()) => paid?,
            _ = ctx.timer(Duration::from_secs(3600)) => {
                info!("cart forgotten");
                return Ok(0);
            }
        }
        // The end of the workflow would abort handlers that still run.
        ctx.wait_condition(|_| ctx.all_handlers_finished()).await?;
        info!("cart returned");
        Ok(ctx.state(|cart| cart.paid.unwrap_or_default()))
    }

    #[update_validator(add)]
    fn validate_add(
        &self,
        _ctx: &WorkflowContextView,
        quantity: &u32,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        info!(quantity, "checking");
        match quantity {
            0 => Err("nothing to add".into()),
            _ => Ok(()),
        }
    }

    #[update]
    pub fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, quantity: u32) -> u32 {
        self.items += quantity;
        info!(quantity, items = self.items, "added");
        self.items
    }

    /// Takes the payment: a handler may wait for activities, and fail.
    #[update]
    pub async fn check_out(
        ctx: &mut WorkflowContext<Self>,
    ) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
        let items = ctx.state(|cart| cart.items);
        info!(items, "checking out");
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        let paid = ctx.execute_activity(Till::pay, items, options).await?;
        info!(paid, "paid");
        ctx.state_mut(|cart| cart.paid = Some(paid));
        Ok(paid)
    }
}
