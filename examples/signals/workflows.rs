//! The workflow that receives letters, and the one that sends them.

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SignalWorkflowOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult};

/// Collects letters until there are enough.
#[workflow]
#[derive(Default)]
pub struct Mailbox {
    letters: Vec<String>,
}

#[workflow_methods]
impl Mailbox {
    #[run]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        enough: usize,
    ) -> WorkflowResult<Vec<String>> {
        info!(enough, "mailbox opened");
        ctx.wait_condition(|mailbox| mailbox.letters.len() >= enough)
            .await?;
        info!("mailbox emptied");
        Ok(ctx.state_mut(|mailbox| std::mem::take(&mut mailbox.letters)))
    }

    #[signal]
    pub fn letter(&mut self, _ctx: &mut SyncWorkflowContext<Self>, text: String) {
        info!(text, "letter came");
        self.letters.push(text);
    }
}

/// Sends a letter to the workflow of this id.
#[workflow]
#[derive(Default)]
pub struct Sender;

#[workflow_methods]
impl Sender {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, address: String) -> WorkflowResult<()> {
        info!("writing");
        let mailbox = ctx.external_workflow(address, None);
        let options = SignalWorkflowOptions::default();
        mailbox
            .signal(Mailbox::letter, "from a workflow".to_owned(), options)
            .await?;
        info!("letter sent");
        Ok(())
    }
}
