//! The activities that book and cancel.

use chronoscope::info;
use serde::{Deserialize, Serialize};
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Booking {
    pub what: String,
    pub place: String,
}

/// Books and cancels.
pub struct Agency;

#[activities]
impl Agency {
    /// Books anything but cars in Atlantis.
    #[activity]
    pub async fn book(_ctx: ActivityContext, booking: Booking) -> Result<(), ActivityError> {
        if (booking.what.as_str(), booking.place.as_str()) == ("car", "Atlantis") {
            return Err(ApplicationFailure::non_retryable("no car under water").into());
        }
        info!(what = booking.what, "booking");
        Ok(())
    }

    /// Cancels a booking, if there is one.
    #[activity]
    pub async fn cancel(_ctx: ActivityContext, booking: Booking) -> Result<(), ActivityError> {
        info!(what = booking.what, "cancelling");
        Ok(())
    }
}
