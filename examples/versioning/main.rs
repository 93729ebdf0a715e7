//! A workflow's code changes while its runs are open: a patch keeps the old runs on the old path.
//!
//! The first worker starts an order and shuts down; the second has the new code, finishes that
//! order on the old path, and takes the next one through the new step.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Shop;
use anyhow::{Result, ensure};
use support::{Example, Flags, TaskQueue, exit, result, signal};
use workflows::{FirstOrder, PatchedOrder};

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Patches a workflow while it runs");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("order");
    let mut old = example.worker(&queue);
    old.register_workflow::<FirstOrder>()?
        .register_activities(Shop);
    let mut new = example.worker(&queue);
    new.register_workflow::<PatchedOrder>()?
        .register_activities(Shop);
    // When the update returns, the order waits for its shipment.
    let begin = async || {
        let order = queue.start_updated(FirstOrder::run, (), FirstOrder::charged, ());
        Ok(order.await?.0.info().workflow_id.clone())
    };
    let finish = async |id| finish(&queue, id).await;
    example.hand_over((old, begin), (new, finish)).await
}

/// Ships the old order and a new one, both on the new code.
async fn finish(queue: &TaskQueue, id: String) -> Result<String> {
    let new = queue.start(PatchedOrder::run, ()).await?;
    let mut ends = Vec::new();
    for id in [id, new.info().workflow_id.clone()] {
        let order = queue.client.get_workflow_handle::<PatchedOrder>(id);
        signal(&order, PatchedOrder::ship, ()).await?;
        ends.push(result(&order).await?);
    }
    ensure!(
        ends == ["charged, shipped", "checked, charged, shipped"],
        "on the wrong path: {ends:?}"
    );
    Ok(format!("old order: {}; new order: {}", ends[0], ends[1]))
}
