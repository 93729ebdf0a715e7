use std::sync::atomic::{AtomicU32, Ordering};

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub struct Steps;

#[activities]
impl Steps {
    #[activity]
    pub async fn double(_ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        info!(n, "doubling");
        Ok(n * 2)
    }

    /// Fails at its first attempt.
    #[activity]
    pub async fn flaky(ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        match ctx.info().attempt {
            1 => Err(ApplicationFailure::new("not yet").into()),
            attempt => Ok(attempt),
        }
    }

    #[activity]
    pub async fn broken(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        Err(ApplicationFailure::non_retryable("never").into())
    }

    /// Runs until it is cancelled.
    #[activity]
    pub async fn endless(ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        static BEATS: AtomicU32 = AtomicU32::new(0);
        while !ctx.is_cancelled() {
            ctx.record_heartbeat(BEATS.fetch_add(1, Ordering::Relaxed))
                .await?;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Err(ActivityError::cancelled())
    }
}
