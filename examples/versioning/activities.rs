//! The activities of the order.

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

pub struct Shop;

#[activities]
impl Shop {
    #[activity]
    pub async fn check(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        info!("checking");
        Ok(())
    }

    #[activity]
    pub async fn charge(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        info!("charging");
        Ok(())
    }
}
