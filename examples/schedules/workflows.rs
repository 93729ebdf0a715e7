//! The workflow that the schedule starts.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::Report;

/// Saves something and reports it.
#[workflow]
#[derive(Default)]
pub struct Backup;

#[workflow_methods]
impl Backup {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, what: String) -> WorkflowResult<String> {
        info!(what, "backup started");
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        let saved = ctx.execute_activity(Report::save, what, options).await?;
        info!(saved, "backup done");
        Ok(saved)
    }
}
