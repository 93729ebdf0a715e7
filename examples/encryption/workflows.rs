//! The workflow that has a patient examined.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::{Patient, Surgery};

/// Has a patient examined.
#[workflow]
#[derive(Default)]
pub struct Consultation;

#[workflow_methods]
impl Consultation {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, patient: Patient) -> WorkflowResult<String> {
        info!("patient received");
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        let advice = ctx
            .execute_activity(Surgery::examine, patient, options)
            .await?;
        // No codec encrypts log lines: log only data that every reader of the logs may see.
        info!(length = advice.len(), "advice given");
        Ok(advice)
    }
}
