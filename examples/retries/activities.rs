//! Four activities that fail in four ways.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
    error::ApplicationErrorCategory,
};

pub struct Bank;

#[activities]
impl Bank {
    /// Retryable: pays at the third attempt.
    #[activity]
    pub async fn busy(ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        let attempt = ctx.info().attempt;
        info!(attempt, "queueing");
        match attempt {
            1 | 2 => Err(ApplicationFailure::new("the line is busy").into()),
            _ => Ok(attempt),
        }
    }

    /// Not retryable: a retry would fail again.
    #[activity]
    pub async fn broke(_ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        Err(ApplicationFailure::non_retryable("the account is empty").into())
    }

    /// Sets the delay of its next attempt, which overrides the policy's.
    #[activity]
    pub async fn lunch(ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        match ctx.info().attempt {
            1 => {
                let failure = ApplicationFailure::builder("back at two")
                    .next_retry_delay(Duration::from_millis(150))
                    .build();
                Err(failure.into())
            }
            attempt => Ok(attempt),
        }
    }

    /// Fails at every attempt, but benignly: no alert is needed.
    #[activity]
    pub async fn shy(_ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        let failure = ApplicationFailure::builder("would rather not")
            .category(ApplicationErrorCategory::Benign)
            .build();
        Err(failure.into())
    }
}
