use std::sync::Arc;

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::sync::mpsc;

/// The ids of the workflows that were heard of.
pub type Started = mpsc::UnboundedReceiver<String>;

/// Tells the program of the workflows that get here.
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
