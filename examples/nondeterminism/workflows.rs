//! A workflow, and an incompatible version of it.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult};

use super::activities::Post;

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(10))
}

/// Writes a letter, and sends it when told to.
#[workflow]
#[derive(Default)]
pub struct Letter {
    written: bool,
    sent: bool,
}

#[workflow_methods]
impl Letter {
    #[run(name = "Letter")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.execute_activity(Post::write, (), options()).await?;
        info!("letter written");
        ctx.state_mut(|letter| letter.written = true);
        ctx.wait_condition(|letter| letter.sent).await?;
        info!("letter sent");
        Ok(())
    }

    /// Answers once the letter is written.
    #[update]
    pub async fn written(ctx: &mut WorkflowContext<Self>) -> bool {
        ctx.wait_condition(|letter| letter.written).await.is_ok()
    }

    #[signal]
    pub fn send(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.sent = true;
    }
}

/// The same workflow with a new timer at its start, which the histories lack, and without a patch.
#[workflow]
#[derive(Default)]
pub struct Incompatible {
    written: bool,
    sent: bool,
}

#[workflow_methods]
impl Incompatible {
    #[run(name = "Letter")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.timer(Duration::from_millis(50)).await;
        ctx.execute_activity(Post::write, (), options()).await?;
        info!("letter written");
        ctx.state_mut(|letter| letter.written = true);
        ctx.wait_condition(|letter| letter.sent).await?;
        info!("letter sent");
        Ok(())
    }

    /// Answers once the letter is written.
    #[update]
    pub async fn written(ctx: &mut WorkflowContext<Self>) -> bool {
        ctx.wait_condition(|letter| letter.written).await.is_ok()
    }

    #[signal]
    pub fn send(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.sent = true;
    }
}
