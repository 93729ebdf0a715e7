//! The workflow that cooks, and cleans up even when it is cancelled.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityCancellationType, ActivityExecutionError, ActivityOptions, WorkflowCancellationToken,
    WorkflowContext, WorkflowResult, WorkflowTermination,
};

use super::activities::Kitchen;

/// Cooks, and always cleans up.
#[workflow]
#[derive(Default)]
pub struct Dinner;

#[workflow_methods]
impl Dinner {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        info!("cooking");
        let options = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(60))
            .heartbeat_timeout(Duration::from_millis(500))
            .cancellation_type(ActivityCancellationType::WaitCancellationCompleted)
            .build();
        let cooked = ctx.execute_activity(Kitchen::cook, (), options).await;
        let reason = ctx.cancellation_token().reason();
        info!(reason, "cooking ended");
        // The workflow's token is cancelled, and so is everything that inherits it. This does not.
        let shielded = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(10))
            .cancellation_token(WorkflowCancellationToken::new())
            .build();
        ctx.execute_activity(Kitchen::clean, (), shielded).await?;
        info!("kitchen cleaned");
        match cooked {
            Err(ActivityExecutionError::Cancelled(_)) => Err(WorkflowTermination::cancelled()),
            cooked => Ok(cooked?),
        }
    }
}
