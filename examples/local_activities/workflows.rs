//! The workflow that adds up a bill.

use std::time::Duration;

use chronoscope::info;
use temporalio_common::RetryPolicy;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, LocalActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::Prices;

/// Adds up the prices of items, and has the sum noted.
#[workflow]
#[derive(Default)]
pub struct Bill;

#[workflow_methods]
impl Bill {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, items: Vec<String>) -> WorkflowResult<u32> {
        info!(items = items.len(), "adding up");
        let mut total = 0;
        for item in items {
            let retries = RetryPolicy::builder().initial_interval(Duration::from_millis(10));
            let options = LocalActivityOptions::builder()
                .start_to_close_timeout(Duration::from_secs(5))
                .retry_policy(retries.build())
                .build();
            let price = ctx
                .execute_local_activity(Prices::look_up, item.clone(), options)
                .await?;
            info!(item, price, "looked up");
            total += price;
        }
        // Long work, or work that must not be done twice, belongs in a regular activity.
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        ctx.execute_activity(Prices::note, total, options).await?;
        info!(total, "noted");
        Ok(total)
    }
}
