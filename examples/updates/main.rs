//! Updates: a validator that accepts or rejects, a handler that returns a result, and an update
//! that starts its workflow.
//!
//! A rejected update leaves no event in the history, but its validator's lines are written.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Till;
use anyhow::{Result, bail, ensure};
use support::{Example, Flags, TaskQueue, exit, result, unique};
use temporalio_client::{
    WorkflowExecuteUpdateOptions, WorkflowIdConflictPolicy, WorkflowUpdateWithStartOptions,
};
use workflows::Cart;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Fills a shopping cart by updates, some of which are refused");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("cart");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Cart>()?
        .register_activities(Till);
    example.play(worker, async || shop(&queue).await).await
}

async fn shop(queue: &TaskQueue) -> Result<String> {
    let id = unique("cart");
    // The validator rejects the update; the workflow that it starts exists all the same.
    let Err(refused) = add(queue, &id, 0).await else {
        bail!("nothing was added, and that was accepted");
    };
    for quantity in [2, 3] {
        add(queue, &id, quantity).await?;
    }
    let cart = queue.client.get_workflow_handle::<Cart>(id);
    let options = WorkflowExecuteUpdateOptions::default;
    let items = cart.execute_update(Cart::add, 4, options()).await?;
    let paid = cart.execute_update(Cart::check_out, (), options()).await?;
    ensure!(paid == result(&cart).await?, "paid for other items");
    Ok(format!("{items} items; refused: {refused:#}; paid {paid}"))
}

/// Adds to a cart, and starts it if there is none: one call does both the start and the update.
async fn add(queue: &TaskQueue, id: &str, quantity: u32) -> Result<u32> {
    let options =
        WorkflowUpdateWithStartOptions::new(&queue.name, id, WorkflowIdConflictPolicy::UseExisting);
    let added = queue
        .client
        .execute_update_with_start_workflow(Cart::run, (), Cart::add, quantity, options.build())
        .await?;
    Ok(added)
}
