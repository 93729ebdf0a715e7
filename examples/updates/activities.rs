//! The activity that takes money.

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// Takes money.
pub struct Till;

#[activities]
impl Till {
    #[activity]
    pub async fn pay(_ctx: ActivityContext, items: u32) -> Result<u32, ActivityError> {
        info!(items, "taking money");
        Ok(items * 5)
    }
}
