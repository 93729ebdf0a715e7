//! The workflow of a purchase that can still be changed or cancelled.

use std::time::Duration;

use chronoscope::info;
use serde::{Deserialize, Serialize};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SyncWorkflowContext, TimerResult, WorkflowContext, WorkflowContextView,
    WorkflowResult,
};

use super::activities::{Purchase, PurchaseActivities};

/// The status of a purchase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PurchaseStatus {
    #[default]
    Pending,
    Confirmed,
    Cancelled,
    Completed,
}

/// Buys something in ten seconds, unless the buyer changes their mind.
#[workflow]
#[derive(Default)]
pub struct OneClickBuyWorkflow {
    status: PurchaseStatus,
    purchase: Option<Purchase>,
}

#[workflow_methods]
impl OneClickBuyWorkflow {
    #[run]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        purchase: Purchase,
    ) -> WorkflowResult<PurchaseStatus> {
        // A signal may have changed the purchase before the workflow's first task.
        ctx.state_mut(|state| _ = state.purchase.get_or_insert(purchase));
        info!("purchase pending");

        if ctx.timer(Duration::from_secs(10)).await == TimerResult::Cancelled {
            return Ok(ctx.state_mut(|state| state.enter(PurchaseStatus::Cancelled)));
        }

        ctx.state_mut(|state| state.enter(PurchaseStatus::Confirmed));
        if let Some(purchase) = ctx.state(|state| state.purchase.clone()) {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(60));
            ctx.execute_activity(PurchaseActivities::do_purchase, purchase, options)
                .await?;
        }
        Ok(ctx.state_mut(|state| state.enter(PurchaseStatus::Completed)))
    }

    #[signal]
    pub fn update_purchase(&mut self, _ctx: &mut SyncWorkflowContext<Self>, purchase: Purchase) {
        info!(item_id = purchase.item_id, "purchase updated");
        self.purchase = Some(purchase);
    }

    #[query]
    pub fn current_status(&self, _ctx: &WorkflowContextView) -> PurchaseStatus {
        info!(status = ?self.status, "status asked for");
        self.status
    }
}

impl OneClickBuyWorkflow {
    fn enter(&mut self, status: PurchaseStatus) -> PurchaseStatus {
        info!(?status, "purchase has a new status");
        self.status = status;
        status
    }
}
