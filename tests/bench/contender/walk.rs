//! A workflow of some steps.

use std::time::Duration;

use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

pub struct Steps;

#[activities]
impl Steps {
    #[activity]
    pub async fn step(_ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        tracing::info!(n, "stepping");
        Ok(n)
    }
}

/// As many activities as its input says, one after another.
#[workflow]
#[derive(Default)]
pub struct Walk;

#[workflow_methods]
impl Walk {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, steps: u32) -> WorkflowResult<u32> {
        for n in 0..steps {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(600));
            ctx.execute_activity(Steps::step, n, options).await?;
            tracing::info!(n, "stepped");
        }
        Ok(steps)
    }
}
