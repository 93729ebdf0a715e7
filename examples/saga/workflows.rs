//! The workflow that books a trip, and undoes it if a booking fails.

use std::time::Duration;

use chronoscope::{info, warn};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityExecutionError, ActivityOptions, WorkflowCancellationToken, WorkflowContext,
    WorkflowResult,
};

use super::activities::{Agency, Booking};

/// Books all parts of a trip, or none.
#[workflow]
#[derive(Default)]
pub struct Trip {
    booked: Vec<Booking>,
}

#[workflow_methods]
impl Trip {
    #[run]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        place: String,
    ) -> WorkflowResult<Vec<String>> {
        info!(place, "planning");
        if let Err(error) = book(ctx, place).await {
            warn!("booking failed, undoing the trip");
            undo(ctx).await?;
            return Err(error.into());
        }
        info!("trip booked");
        Ok(ctx.state(|trip| {
            trip.booked
                .iter()
                .map(|booking| booking.what.clone())
                .collect()
        }))
    }
}

async fn book(ctx: &WorkflowContext<Trip>, place: String) -> Result<(), ActivityExecutionError> {
    for what in ["flight", "hotel", "car"] {
        let booking = Booking {
            what: what.to_owned(),
            place: place.clone(),
        };
        // Noted before the call: it may be booked even if no response arrives.
        ctx.state_mut(|trip| trip.booked.push(booking.clone()));
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        ctx.execute_activity(Agency::book, booking, options).await?;
        info!(what, "booked");
    }
    Ok(())
}

/// Cancels all possible bookings, the last one first, even if the trip itself was cancelled.
async fn undo(ctx: &WorkflowContext<Trip>) -> Result<(), ActivityExecutionError> {
    while let Some(booking) = ctx.state_mut(|trip| trip.booked.pop()) {
        let what = booking.what.clone();
        let options = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(10))
            .cancellation_token(WorkflowCancellationToken::new())
            .build();
        ctx.execute_activity(Agency::cancel, booking, options)
            .await?;
        info!(what, "cancelled");
    }
    Ok(())
}
