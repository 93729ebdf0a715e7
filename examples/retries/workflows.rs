//! The workflow that tries four banks.

use std::time::Duration;

use chronoscope::info;
use temporalio_common::RetryPolicy;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityExecutionError, ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::Bank;

/// Tries each bank in turn, and returns the results.
#[workflow]
#[derive(Default)]
pub struct Payment;

#[workflow_methods]
impl Payment {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Vec<String>> {
        info!("paying");
        let ends = [
            (
                "busy",
                ctx.execute_activity(Bank::busy, (), options()).await,
            ),
            (
                "broke",
                ctx.execute_activity(Bank::broke, (), options()).await,
            ),
            (
                "lunch",
                ctx.execute_activity(Bank::lunch, (), options()).await,
            ),
            ("shy", ctx.execute_activity(Bank::shy, (), options()).await),
        ];
        let ends = ends.into_iter().map(|(bank, end)| {
            let end = match end {
                Ok(attempts) => format!("paid at attempt {attempts}"),
                Err(error) => reason(&error),
            };
            info!(bank, end, "tried");
            format!("{bank}: {end}")
        });
        Ok(ends.collect())
    }
}

fn options() -> ActivityOptions {
    let retries = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(20))
        .backoff_coefficient(1.0)
        .maximum_attempts(3)
        .build();
    ActivityOptions::with_start_to_close_timeout(Duration::from_secs(10))
        .retry_policy(retries)
        .build()
}

/// Returns why an activity failed: the application failure is the cause of the activity failure.
fn reason(error: &ActivityExecutionError) -> String {
    let cause = error.cause().map(ToString::to_string);
    cause.unwrap_or_else(|| error.to_string())
}
