//! The workshop: a queue of jobs, and conditions on it.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use chronoscope::{info, trace::wait};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowResult, workflows::select};

/// Mends the jobs in order, until it closes.
#[workflow]
#[derive(Default)]
pub struct Workshop {
    jobs: VecDeque<String>,
    mended: BTreeMap<String, String>,
    closed: bool,
}

#[workflow_methods]
impl Workshop {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<usize> {
        info!("workshop opened");
        loop {
            let work = |shop: &Workshop| shop.closed || !shop.jobs.is_empty();
            wait("job", ctx.wait_condition(work)).await?;
            let Some(job) = ctx.state_mut(|shop| shop.jobs.pop_front()) else {
                break;
            };
            ctx.timer(Duration::from_millis(30)).await;
            info!(job, "mended");
            ctx.state_mut(|shop| {
                let as_new = format!("{job} as new");
                shop.mended.insert(job, as_new)
            });
        }
        info!("workshop closed");
        Ok(ctx.state(|shop| shop.mended.len()))
    }

    /// Returns when the job is done, or an error if it takes too long.
    #[update]
    pub async fn mend(
        ctx: &mut WorkflowContext<Self>,
        job: String,
    ) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        info!(job, "brought");
        ctx.state_mut(|shop| shop.jobs.push_back(job.clone()));
        // A wait with a timeout is a `select!` of the condition and a timer.
        select! {
            done = ctx.wait_condition(|shop| shop.mended.contains_key(&job)) => done?,
            _ = ctx.timer(Duration::from_secs(60)) => return Err("too much to do".into()),
        }
        info!(job, "fetched");
        Ok(ctx.state(|shop| shop.mended[&job].clone()))
    }

    #[signal]
    pub fn close(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        info!("told to close");
        self.closed = true;
    }
}
