//! A workflow and an activity that end in every way there is.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use temporalio_common::{RetryPolicy, error::ApplicationErrorCategory};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ContinueAsNewOptions, WorkflowContext, WorkflowResult,
    WorkflowTermination,
    activities::{ActivityContext, ActivityError},
};

/// How something ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum End {
    Complete,
    ContinueAsNew,
    Cancel,
    Benign,
    Fail,
    FailForGood,
    Panic,
    Async,
    FailAnActivity,
}

pub fn failure(end: End) -> ApplicationFailure {
    let failure = ApplicationFailure::builder(anyhow::anyhow!("on purpose"));
    match end {
        End::Benign => failure
            .type_name("Expected".to_owned())
            .category(ApplicationErrorCategory::Benign)
            .non_retryable(true)
            .build(),
        End::FailForGood => failure
            .type_name("Broken".to_owned())
            .non_retryable(true)
            .build(),
        _ => failure.type_name("Flaky".to_owned()).build(),
    }
}

pub struct Ends;

#[activities]
impl Ends {
    #[activity]
    pub async fn act(ctx: ActivityContext, end: End) -> Result<(), ActivityError> {
        match end {
            End::Cancel => Err(ActivityError::cancelled()),
            End::Async => Err(ActivityError::WillCompleteAsync),
            End::Panic if ctx.info().attempt == 1 => panic!("on purpose"),
            End::Fail | End::FailForGood | End::Benign => Err(failure(end).into()),
            _ => Ok(()),
        }
    }
}

#[workflow]
#[derive(Default)]
pub struct Ending;

#[workflow_methods]
impl Ending {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, end: End) -> WorkflowResult<()> {
        match end {
            End::ContinueAsNew => {
                ctx.continue_as_new(End::Complete, ContinueAsNewOptions::default())?;
            }
            End::Cancel => {
                ctx.timer(Duration::from_secs(600)).await;
                return Err(WorkflowTermination::cancelled());
            }
            End::Benign | End::Fail | End::FailForGood => return Err(failure(end).into()),
            End::FailAnActivity => {
                let options = options(Duration::from_secs(20));
                ctx.execute_activity(Ends::act, End::FailForGood, options)
                    .await?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn options(start_to_close: Duration) -> ActivityOptions {
    let retries = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(10))
        .maximum_attempts(2)
        .build();
    ActivityOptions::with_start_to_close_timeout(start_to_close)
        .retry_policy(retries)
        .build()
}

/// Runs one activity, which ends in some way.
#[workflow]
#[derive(Default)]
pub struct Acting;

#[workflow_methods]
impl Acting {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, end: End) -> WorkflowResult<()> {
        let options = options(Duration::from_secs(1));
        let _ = ctx.execute_activity(Ends::act, end, options).await;
        Ok(())
    }
}
