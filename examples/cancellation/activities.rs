//! An activity that stops when it is cancelled, and the one that cleans up after it.

use std::{sync::Arc, time::Duration};

use chronoscope::{activity::record_heartbeat, info};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::sync::mpsc;

/// Receives a message when cooking has begun.
pub type Begun = mpsc::UnboundedReceiver<()>;

pub struct Kitchen(pub mpsc::UnboundedSender<()>);

#[activities]
impl Kitchen {
    /// Cooks until it is cancelled.
    #[activity]
    pub async fn cook(
        self: Arc<Self>,
        ctx: ActivityContext,
        _input: (),
    ) -> Result<(), ActivityError> {
        info!("on the stove");
        self.0.send(())?;
        loop {
            record_heartbeat(&ctx, ()).await?;
            tokio::select! {
                () = ctx.cancelled() => break,
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
        info!("off the stove");
        Err(ActivityError::cancelled())
    }

    #[activity]
    pub async fn clean(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        info!("cleaning");
        Ok(())
    }
}
