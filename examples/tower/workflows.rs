//! The workflow that bakes several loaves at once.

use std::time::Duration;

use temporalio_common::RetryPolicy;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult, workflows::join_all};

use super::activities::Baking;

/// Bakes this many loaves at once, and returns the number of attempts.
#[workflow]
#[derive(Default)]
pub struct Morning;

#[workflow_methods]
impl Morning {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, loaves: u32) -> WorkflowResult<u32> {
        let ctx = &*ctx;
        let baked = join_all((0..loaves).map(|loaf| {
            let retries = RetryPolicy::builder()
                .initial_interval(Duration::from_millis(50))
                .backoff_coefficient(1.0)
                .build();
            let options = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(60))
                .retry_policy(retries)
                .build();
            ctx.execute_activity(Baking::bake, loaf, options)
        }));
        let mut attempts = 0;
        for loaf in baked.await {
            attempts += loaf?;
        }
        Ok(attempts)
    }
}
