//! The activity that bakes a layer.

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

pub struct Oven;

#[activities]
impl Oven {
    #[activity]
    pub async fn bake(_ctx: ActivityContext, layer: u32) -> Result<(), ActivityError> {
        info!(layer, "in the oven");
        Ok(())
    }
}
