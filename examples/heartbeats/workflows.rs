//! The workflow that has pages copied.

use std::time::Duration;

use chronoscope::info;
use temporalio_common::RetryPolicy;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::Copier;

/// Has pages copied, and returns the number of pages per attempt.
#[workflow]
#[derive(Default)]
pub struct Transcript;

#[workflow_methods]
impl Transcript {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, pages: u32) -> WorkflowResult<Vec<u32>> {
        info!(pages, "copying");
        let retries = RetryPolicy::builder().initial_interval(Duration::from_millis(50));
        let options = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(60))
            .heartbeat_timeout(Duration::from_secs(5))
            .retry_policy(retries.build())
            .build();
        let copied = ctx.execute_activity(Copier::copy, pages, options).await?;
        info!(attempts = copied.len(), "copied");
        Ok(copied)
    }
}
