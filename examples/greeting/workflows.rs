use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::{GreetingActivities, GreetingInput};

/// Has a greeting composed.
#[workflow]
#[derive(Default)]
pub struct GreetingWorkflow;

#[workflow_methods]
impl GreetingWorkflow {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<String> {
        info!(name, "workflow started");
        let input = GreetingInput {
            greeting: "Hello".to_owned(),
            name,
        };
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        let greeting = ctx
            .execute_activity(GreetingActivities::compose_greeting, input, options)
            .await?;
        info!(greeting, "workflow completed");
        Ok(greeting)
    }
}
