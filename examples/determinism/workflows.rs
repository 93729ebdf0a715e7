//! The workflow that draws lots with the SDK's deterministic random numbers.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkflowContext, WorkflowContextView, WorkflowResult};

/// Draws three lots.
#[workflow]
#[derive(Default)]
pub struct Lottery {
    drawn: Vec<String>,
}

#[workflow_methods]
impl Lottery {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Vec<String>> {
        let began = ctx.workflow_time();
        // A stream has its own sequence, independent of other random numbers in the workflow.
        let bonus = ctx.random_stream("bonus");
        for draw in 1..=3 {
            let number = ctx.random::<u32>() % 100;
            let bonus = bonus.random::<u8>();
            let ticket = ctx.uuid4();
            info!(draw, number, bonus, ticket, "drawn");
            ctx.state_mut(|lottery| lottery.drawn.push(format!("{number}+{bonus} ({ticket})")));
            ctx.timer(Duration::from_millis(50)).await;
        }
        // The time of the current task: it is constant between awaits, and never goes back.
        let took = ctx.workflow_time().zip(began);
        let took = took.and_then(|(now, began)| now.duration_since(began).ok());
        info!(
            long_enough = took >= Some(Duration::from_millis(150)),
            "all drawn"
        );
        Ok(ctx.state(|lottery| lottery.drawn.clone()))
    }

    #[query]
    pub fn drawn(&self, _ctx: &WorkflowContextView) -> Vec<String> {
        info!("asked");
        self.drawn.clone()
    }
}
