//! The parent workflow and its children.

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ChildWorkflowOptions, ParentClosePolicy, SyncWorkflowContext, WorkflowContext,
    WorkflowContextView, WorkflowResult,
};

/// Starts a child for each errand, waits for one of them, and closes.
#[workflow]
#[derive(Default)]
pub struct Household {
    children: Vec<String>,
    left: bool,
}

#[workflow_methods]
impl Household {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        for (policy, name) in [
            (ParentClosePolicy::Abandon, "abandon"),
            (ParentClosePolicy::RequestCancel, "request cancel"),
            (ParentClosePolicy::Terminate, "terminate"),
        ] {
            let id = format!("{}.{name}", ctx.workflow_id());
            let options = ChildWorkflowOptions::builder()
                .workflow_id(id.clone())
                .parent_close_policy(policy)
                .build();
            ctx.start_child_workflow(Errand::run, name, options).await?;
            info!(policy = name, "child started");
            ctx.state_mut(|household| household.children.push(id));
        }
        let options = ChildWorkflowOptions::default();
        let short = ctx
            .start_child_workflow(Errand::run, "short", options)
            .await?;
        let done = short.result().await?;
        info!(done, "child completed");
        ctx.wait_condition(|household| household.left).await?;
        info!("parent leaves");
        Ok(done)
    }

    /// Returns the ids of the children once all are started.
    #[update]
    pub async fn children(ctx: &mut WorkflowContext<Self>) -> Vec<String> {
        let started = ctx.wait_condition(|household| household.children.len() == 3);
        // If cancelled, returns the children started so far.
        let _ = started.await;
        ctx.state(|household| household.children.clone())
    }

    #[signal]
    pub fn leave(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        info!("told to leave");
        self.left = true;
    }
}

/// Runs until it is told to finish or cancelled; a short errand ends at once.
#[workflow]
#[derive(Default)]
pub struct Errand {
    finished: bool,
}

#[workflow_methods]
impl Errand {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<String> {
        info!(name, "on an errand");
        let is_short = name == "short";
        let finished = ctx.wait_condition(|errand| is_short || errand.finished);
        if let Err(cancelled) = finished.await {
            info!("called back");
            return Err(cancelled.into());
        }
        info!("errand done");
        Ok(name)
    }

    #[signal]
    pub fn finish(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        info!("told to finish");
        self.finished = true;
    }

    #[query]
    pub fn is_out(&self, _ctx: &WorkflowContextView) -> bool {
        !self.finished
    }
}
