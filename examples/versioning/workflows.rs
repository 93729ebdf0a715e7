//! Two versions of one workflow, both here so that the example can run them. A real program has
//! only the second, while workers with the first still run, or histories of it exist.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult};

use super::activities::Shop;

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(10))
}

/// The first version of an order.
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
        // False for runs that passed this point before the check existed. Once all of those are
        // closed, replace it with `ctx.deprecate_patch(..)`, and later remove it.
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
