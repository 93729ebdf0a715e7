//! The workflow that asks three questions.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::Desk;

/// Asks questions, and accepts a refusal as an answer.
#[workflow]
#[derive(Default)]
pub struct Survey;

#[workflow_methods]
impl Survey {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Vec<String>> {
        info!("survey started");
        let mut answers = Vec::new();
        for question in ["name", "town", "age"] {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(60));
            let asked = ctx.execute_activity(Desk::ask, question, options).await;
            info!(question, answered = asked.is_ok(), "asked");
            answers.push(asked.unwrap_or_else(|_| "no answer".to_owned()));
        }
        Ok(answers)
    }
}
