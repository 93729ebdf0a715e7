//! The activity that reports its progress, and resumes from it.

use chronoscope::{activity::record_heartbeat, info};
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub struct Copier;

#[activities]
impl Copier {
    /// Copies pages; the first attempt runs out of paper halfway.
    #[activity]
    pub async fn copy(ctx: ActivityContext, pages: u32) -> Result<Vec<u32>, ActivityError> {
        let mut copied: Vec<u32> = ctx.heartbeat_details().deserialize()?.unwrap_or_default();
        let done: u32 = copied.iter().sum();
        info!(done, "starting from here");
        copied.push(0);
        for page in done..pages {
            if ctx.info().attempt == 1 && page == pages / 2 {
                return Err(ApplicationFailure::new("out of paper").into());
            }
            if let Some(here) = copied.last_mut() {
                *here += 1;
            }
            record_heartbeat(&ctx, copied.clone()).await?;
        }
        Ok(copied)
    }
}
