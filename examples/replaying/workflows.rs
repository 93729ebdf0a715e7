//! The workflow that bakes a cake.

use std::time::Duration;

use chronoscope::info;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkflowContext, WorkflowResult};

use super::activities::Oven;

/// Bakes a cake, layer by layer, and lets it cool.
#[workflow]
#[derive(Default)]
pub struct Cake;

#[workflow_methods]
impl Cake {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, layers: u32) -> WorkflowResult<()> {
        info!(layers, "cake begun");
        for layer in 0..layers {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
            ctx.execute_activity(Oven::bake, layer, options).await?;
            info!(layer, "layer baked");
        }
        ctx.timer(Duration::from_millis(50)).await;
        info!("cake cooled");
        Ok(())
    }
}
