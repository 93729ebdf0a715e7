//! The activities of an order.

use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// The steps of an order.
pub struct Steps;

#[activities]
impl Steps {
    #[activity]
    pub async fn reserve(_ctx: ActivityContext, _order: String) -> Result<(), ActivityError> {
        Ok(())
    }

    #[activity]
    pub async fn deliver(_ctx: ActivityContext, order: String) -> Result<String, ActivityError> {
        Ok(format!("delivered {order}"))
    }

    #[activity]
    pub async fn charge(_ctx: ActivityContext, _order: String) -> Result<(), ActivityError> {
        Ok(())
    }
}
