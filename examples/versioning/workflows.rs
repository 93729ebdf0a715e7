//! Two versions of one workflow, side by side so that the example has both. A program has the second
//! only, and workers with the first still run somewhere, or histories of it.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult};

use super::activities::Shop;

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(10))
}

/// An order as it was first written.
#[workflow]
#[derive(Default)]
pub struct FirstOrder {
    charged: bool,
    shipped: bool,
}

#[workflow_methods]
impl FirstOrder {
    #[run(name = "Order")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        info!("order taken");
        ctx.execute_activity(Shop::charge, (), options()).await?;
        info!("charged");
        ctx.state_mut(|order| order.charged = true);
        ctx.wait_condition(|order| order.shipped).await?;
        info!("shipped");
        Ok("charged, shipped".to_owned())
    }

    /// Answers once the order is charged.
    #[update]
    pub async fn charged(ctx: &mut WorkflowContext<Self>) -> bool {
        ctx.wait_condition(|order| order.charged).await.is_ok()
    }

    #[signal]
    pub fn ship(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.shipped = true;
    }
}

/// The same with a check before the charge.
#[workflow]
#[derive(Default)]
pub struct PatchedOrder {
    charged: bool,
    shipped: bool,
}

#[workflow_methods]
impl PatchedOrder {
    #[run(name = "Order")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        info!("order taken");
        // False for runs that went past here before there was a check. Once they are all over,
        // `ctx.deprecate_patch(..)` stands here, and in the end nothing.
        let checks = ctx.patched("check first");
        if checks {
            ctx.execute_activity(Shop::check, (), options()).await?;
            info!("checked");
        }
        ctx.execute_activity(Shop::charge, (), options()).await?;
        info!("charged");
        ctx.state_mut(|order| order.charged = true);
        ctx.wait_condition(|order| order.shipped).await?;
        info!("shipped");
        let checked = if checks { "checked, " } else { "" };
        Ok(format!("{checked}charged, shipped"))
    }

    /// Answers once the order is charged.
    #[update]
    pub async fn charged(ctx: &mut WorkflowContext<Self>) -> bool {
        ctx.wait_condition(|order| order.charged).await.is_ok()
    }

    #[signal]
    pub fn ship(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.shipped = true;
    }
}
