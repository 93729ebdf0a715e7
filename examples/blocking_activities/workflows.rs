//! The workflow that fires pots and checks the clock meanwhile.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkflowContext, WorkflowResult,
    workflows::{join, join_all},
};

use super::activities::{Clock, Kiln};

/// Fires pots, as many at once as there are kilns, and checks the clock meanwhile.
#[workflow]
#[derive(Default)]
pub struct Pottery;

#[workflow_methods]
impl Pottery {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, pots: u32) -> WorkflowResult<usize> {
        info!(pots, "kilns heated");
        let ctx = &*ctx;
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(60));
        let fired =
            join_all((0..pots).map(|pot| ctx.execute_activity(Kiln::fire, pot, options.clone())));
        let looked = ctx.execute_activity(Clock::look, (), options.clone());
        let (fired, looked) = join!(fired, looked);
        looked?;
        let fired = fired.into_iter().collect::<Result<Vec<_>, _>>()?;
        info!(pots = fired.len(), "pots fired");
        Ok(fired.len())
    }
}
