//! The workflows of the demo: an order, and the parcel that it ships.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use temporalio_common::RetryPolicy;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions,
    LocalActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView,
    WorkflowResult,
};

use super::{
    activities::Shop,
    faults::{FAULTS, Fault},
};

/// The number of incompatible "deployments" of the workflow code.
pub static DEPLOYMENT: AtomicU64 = AtomicU64::new(0);

/// An order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Input {
    pub order: u64,
    /// The deployment under which the order began.
    pub deployment: u64,
    /// Whether it continues as a second run.
    pub again: bool,
}

/// Prices and reserves, waits for the payment, and ships a parcel.
#[workflow]
#[derive(Default)]
pub struct Order {
    paid: bool,
    tip: u64,
}

#[workflow_methods]
impl Order {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: Input) -> WorkflowResult<u64> {
        FAULTS.block();
        if is_foreign(input.deployment) {
            // The history has an activity here.
            ctx.timer(Duration::from_millis(1)).await;
        }
        let price = ctx
            .execute_local_activity(Shop::price, input.order, local())
            .await?;
        ctx.execute_activity(Shop::reserve, input.order, normal())
            .await?;
        if input.again {
            let next = Input {
                again: false,
                ..input
            };
            ctx.continue_as_new(next, ContinueAsNewOptions::default())?;
        }
        ctx.wait_condition(|state: &Self| state.paid).await?;
        FAULTS.block();
        if input.order.is_multiple_of(7) {
            let missing = ApplicationFailure::builder(anyhow::anyhow!("none left"))
                .type_name("OutOfStock".to_owned())
                .non_retryable(true)
                .build();
            return Err(missing.into());
        }
        let options = ChildWorkflowOptions::workflow_id(format!("{}-parcel", ctx.workflow_id()));
        let parcel = ctx
            .start_child_workflow(Parcel::run, input.order, options)
            .await?;
        parcel.result().await?;
        Ok(price + ctx.state(|state| state.tip))
    }

    #[signal]
    pub fn pay(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _amount: u64) {
        self.paid = true;
    }

    #[query]
    pub fn is_paid(&self, _ctx: &WorkflowContextView) -> bool {
        self.paid
    }

    #[update]
    pub fn tip(&mut self, _ctx: &mut SyncWorkflowContext<Self>, tip: u64) -> u64 {
        self.tip += tip;
        self.tip
    }
}

/// Ships the ordered items.
#[workflow]
#[derive(Default)]
pub struct Parcel;

#[workflow_methods]
impl Parcel {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, items: u64) -> WorkflowResult<()> {
        ctx.execute_activity(Shop::ship, items, normal()).await?;
        Ok(())
    }
}

/// Returns whether the current code differs from the code under which an order began.
fn is_foreign(deployment: u64) -> bool {
    FAULTS.is_on(Fault::NonDeterminism) && deployment < DEPLOYMENT.load(Ordering::Relaxed)
}

fn normal() -> ActivityOptions {
    let often = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(500))
        .backoff_coefficient(1.0)
        .build();
    ActivityOptions::with_start_to_close_timeout(Duration::from_secs(3600))
        .heartbeat_timeout(Duration::from_secs(600))
        .retry_policy(often)
        .build()
}

fn local() -> LocalActivityOptions {
    let soon = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(10))
        .build();
    LocalActivityOptions::builder()
        .start_to_close_timeout(Duration::from_secs(1))
        .retry_policy(soon)
        .build()
}
