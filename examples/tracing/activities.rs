//! The activities of an order.

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub struct ShopActivities;

#[activities]
impl ShopActivities {
    #[activity]
    pub async fn reserve(_ctx: ActivityContext, item: String) -> Result<(), ActivityError> {
        // The application's own span is a child of the activity's.
        let shelf = tracing::info_span!("look on the shelf", item);
        shelf.in_scope(|| info!(item, "reserved"));
        Ok(())
    }

    /// Fails at its first attempt.
    #[activity]
    pub async fn charge(ctx: ActivityContext, item: String) -> Result<(), ActivityError> {
        if ctx.info().attempt == 1 {
            return Err(ApplicationFailure::new("the bank is closed").into());
        }
        info!(item, "charged");
        Ok(())
    }
}
