//! Time, random numbers and ids that are the same in every replay.
//!
//! A query, answered from memory or by replaying the run, returns the same values as the result;
//! with `--cache 0` the run is replayed at each task.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod workflows;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use support::{Example, Flags, TaskQueue, exit, result};
use temporalio_client::WorkflowQueryOptions;
use workflows::Lottery;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Draws lots that no replay can change");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("lottery");
    let mut worker = example.worker(&queue);
    worker.register_workflow::<Lottery>()?;
    example.play(worker, async || draw(&queue).await).await
}

async fn draw(queue: &TaskQueue) -> Result<String> {
    let lottery = queue.start(Lottery::run, ()).await?;
    let drawn = result(&lottery).await?;
    let options = WorkflowQueryOptions::default();
    let asked = lottery.query(Lottery::drawn, (), options).await?;
    ensure!(asked == drawn, "drew {drawn:?}, and was asked {asked:?}");
    Ok(format!(
        "drawn, and the same when asked: {}",
        drawn.join(", ")
    ))
}
