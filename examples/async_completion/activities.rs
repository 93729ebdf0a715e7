//! The activity that puts a question to somebody and leaves its completion to them.

use std::sync::Arc;

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::sync::mpsc;

/// A question that waits for its answer, with the token and ids by which it can be completed.
#[derive(Debug)]
pub struct Question {
    pub text: String,
    pub token: Vec<u8>,
    pub workflow_id: String,
    pub run_id: String,
    pub activity_id: String,
}

/// The questions that wait on the desk.
pub type Questions = mpsc::UnboundedReceiver<Question>;

/// Puts questions before somebody.
pub struct Desk(pub mpsc::UnboundedSender<Question>);

#[activities]
impl Desk {
    #[activity]
    pub async fn ask(
        self: Arc<Self>,
        ctx: ActivityContext,
        text: String,
    ) -> Result<String, ActivityError> {
        info!(text, "passing on");
        let info = ctx.info();
        self.0.send(Question {
            text,
            token: info.task_token.clone(),
            workflow_id: info.workflow_id.clone().unwrap_or_default(),
            run_id: info.workflow_run_id.clone().unwrap_or_default(),
            activity_id: info.activity_id.clone(),
        })?;
        Err(ActivityError::WillCompleteAsync)
    }
}
