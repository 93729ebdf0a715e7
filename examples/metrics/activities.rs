//! The activity that packs parcels and counts items.

use std::time::Duration;

use chronoscope::{metrics::Meter, record_heartbeat};
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub struct Packing;

#[activities]
impl Packing {
    /// Packs a parcel, item by item. The belt jams at the first attempt of every third parcel.
    #[activity]
    pub async fn pack(ctx: ActivityContext, parcel: u32) -> Result<u32, ActivityError> {
        if parcel % 3 == 2 && ctx.info().attempt == 1 {
            let jam = ApplicationFailure::builder(anyhow::anyhow!("the belt jams"))
                .type_name("BeltJam".to_owned())
                .build();
            return Err(jam.into());
        }
        // This handle is bound once, and needs no look-ups afterwards.
        let packed = Meter::current().counter("items_packed_total");
        let items = 1 + parcel % 4;
        for item in 0..items {
            tokio::time::sleep(Duration::from_millis(5)).await;
            packed.increment(1);
            record_heartbeat(&ctx, item).await?;
        }
        Ok(items)
    }
}
