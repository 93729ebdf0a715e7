//! The workflow that counts parcels.

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::Packing;

/// Has parcels packed one after another, and counts them with ordinary macros.
#[workflow]
#[derive(Default)]
pub struct Shipment;

#[workflow_methods]
impl Shipment {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, parcels: u32) -> WorkflowResult<u32> {
        let mut items = 0;
        for parcel in 0..parcels {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
            let packed = ctx.execute_activity(Packing::pack, parcel, options).await?;
            items += packed;
            counter!("parcels_packed_total").increment(1);
            histogram!("parcel_items").record(f64::from(packed));
            gauge!("shipment_parcels_left").set(f64::from(parcels - parcel - 1));
        }
        Ok(items)
    }
}
