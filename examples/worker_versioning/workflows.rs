//! The workflow that is pinned to its build.

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowResult};

/// Waits for its delivery, and returns the build that delivered it.
#[workflow]
#[derive(Default)]
pub struct Parcel {
    delivered: bool,
}

#[workflow_methods]
impl Parcel {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        info!(build = build(ctx), "posted");
        ctx.wait_condition(|parcel| parcel.delivered).await?;
        let build = build(ctx);
        info!(build, "delivered");
        Ok(build)
    }

    #[update]
    pub fn stamp(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        info!("stamped");
    }

    #[signal]
    pub fn deliver(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        info!("on its way");
        self.delivered = true;
    }
}

fn build(ctx: &WorkflowContext<Parcel>) -> String {
    let version = ctx.current_deployment_version();
    version.map_or_else(String::new, |version| version.build_id)
}
