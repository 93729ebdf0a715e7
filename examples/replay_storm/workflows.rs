//! The workflow that logs lines between activities.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};
// Plain `tracing`, not chronoscope's macro, since it must be safe as well.
use tracing::info;

use super::activities::StormActivities;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Storm {
    /// How many activities to run, one after the other.
    pub activities: u32,
    /// How many lines to log before each.
    pub lines: u32,
}

/// Logs some lines, runs an activity, and so on.
#[workflow]
#[derive(Default)]
pub struct StormWorkflow;

#[workflow_methods]
impl StormWorkflow {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, storm: Storm) -> WorkflowResult<()> {
        for i in 0..storm.activities {
            for line in 0..storm.lines {
                info!(i, line, "iteration");
            }
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
            ctx.execute_activity(StormActivities::step, i, options)
                .await?;
        }
        Ok(())
    }
}
