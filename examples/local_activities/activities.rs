//! A local activity that looks up prices, and a regular one that notes the total.

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub struct Prices;

#[activities]
impl Prices {
    /// Looks up a price. The jam's is found at the second attempt.
    #[activity]
    pub async fn look_up(ctx: ActivityContext, item: String) -> Result<u32, ActivityError> {
        info!(item, attempt = ctx.info().attempt, "looking up");
        match item.as_str() {
            "jam" if ctx.info().attempt == 1 => Err(ApplicationFailure::new("not found").into()),
            _ => Ok(item.len() as u32),
        }
    }

    #[activity]
    pub async fn note(_ctx: ActivityContext, total: u32) -> Result<(), ActivityError> {
        info!(total, "noting");
        Ok(())
    }
}
