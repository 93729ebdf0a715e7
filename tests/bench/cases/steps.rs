//! A workflow of three steps.

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
        Ok(n + 1)
    }
}

/// Three activities, one after the other, with a line before each.
#[workflow]
#[derive(Default)]
pub struct Work;

#[workflow_methods]
impl Work {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, mut n: u32) -> WorkflowResult<u32> {
        for _ in 0..3 {
            chronoscope::info!(n, "a step");
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(20));
            n = ctx.execute_activity(Steps::step, n, options).await?;
        }
        Ok(n)
    }
}
