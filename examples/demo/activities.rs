//! The activities of an order: pricing, reserving and shipping.

use std::time::Duration;

use chronoscope::record_heartbeat;
use metrics::counter;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

use super::faults::{FAULTS, Fault};

pub struct Shop;

#[activities]
impl Shop {
    /// Prices an order, as a local activity.
    #[activity]
    pub async fn price(ctx: ActivityContext, order: u64) -> Result<u64, ActivityError> {
        fail_sometimes(&ctx, order, 8)?;
        Ok(order % 100)
    }

    /// Reserves the ordered items.
    #[activity]
    pub async fn reserve(ctx: ActivityContext, order: u64) -> Result<(), ActivityError> {
        if FAULTS.is_on(Fault::FailingActivities) {
            return Err(failure("StockDown").into());
        }
        FAULTS.until(Fault::SlotsExhausted, false).await;
        fail_sometimes(&ctx, order, 5)?;
        // A label value that looks like an id, which is folded into `__other__`.
        let order = format!("{:032x}", u128::from(order));
        counter!("demo_reserved_total", "order" => order).increment(1);
        Ok(())
    }

    /// Ships a parcel, item by item.
    #[activity]
    pub async fn ship(ctx: ActivityContext, items: u64) -> Result<(), ActivityError> {
        for item in 0..2 + items % 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            record_heartbeat(&ctx, item).await?;
        }
        Ok(())
    }
}

/// Fails the first attempt of every n-th order.
fn fail_sometimes(ctx: &ActivityContext, order: u64, each: u64) -> Result<(), ActivityError> {
    match order.is_multiple_of(each) && ctx.info().attempt == 1 {
        true => Err(failure("TryAgain").into()),
        false => Ok(()),
    }
}

fn failure(name: &str) -> ApplicationFailure {
    ApplicationFailure::builder(anyhow::anyhow!("not now"))
        .type_name(name.to_owned())
        .build()
}
