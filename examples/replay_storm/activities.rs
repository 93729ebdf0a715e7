//! The activity between two steps of the storm.

use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

pub struct StormActivities;

#[activities]
impl StormActivities {
    #[activity]
    pub async fn step(_ctx: ActivityContext, _i: u32) -> Result<(), ActivityError> {
        Ok(())
    }
}
