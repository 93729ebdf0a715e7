//! A workflow of many steps.

use std::time::Duration;

use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

/// How many activities the workflow calls, one after another: six events each.
pub const ACTIVITIES: u32 = 1000;

pub struct Steps;

#[activities]
impl Steps {
    #[activity]
    pub async fn step(_ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        Ok(n)
    }
}

#[workflow]
#[derive(Default)]
pub struct Walk;

#[workflow_methods]
impl Walk {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        let steps = metrics::counter!("steps");
        for n in 0..ACTIVITIES {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
            ctx.execute_activity(Steps::step, n, options).await?;
            chronoscope::info!(n, "stepped");
            steps.increment(1);
        }
        Ok(())
    }
}
