//! The activity that reports its workflow's id to the program.

use std::sync::Arc;

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::sync::mpsc;

/// Receives the ids of workflows whose activity ran.
pub type Started = mpsc::UnboundedReceiver<String>;

/// Sends the ids of workflows to the program.
pub struct Report(pub mpsc::UnboundedSender<String>);

#[activities]
impl Report {
    #[activity]
    pub async fn save(
        self: Arc<Self>,
        ctx: ActivityContext,
        what: String,
    ) -> Result<String, ActivityError> {
        info!(what, "saving");
        if let Some(id) = &ctx.info().workflow_id {
            self.0.send(id.clone())?;
        }
        Ok(format!("{what} saved"))
    }
}
