//! A workflow's code changes while runs of it are under way: a patch keeps the old ones on the old path.
//!
//! The first worker starts an order and goes; the second has the new code, finishes that order as it was
//! begun, and takes the next one through the new step.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    reason = "a program, not a library"
)]

#[path = "../support/mod.rs"]
mod support;

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Shop;
use anyhow::Result;
use clap::Parser;
use support::{Example, Flags, TaskQueue, exit, result};
use temporalio_client::WorkflowSignalOptions;
use workflows::{FirstOrder, PatchedOrder};

#[derive(Parser)]
#[command(about = "Patches a workflow while it runs")]
struct Args {
    #[command(flatten)]
    flags: Flags,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit(run(Args::parse().flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("order");
    let mut old = example.worker(&queue);
    old.register_workflow::<FirstOrder>()?
        .register_activities(Shop);
    let under_way = async |_| {
        let mut ids = Vec::new();
        for _ in 0..example.flags.runs {
            ids.push(begin(&queue).await?);
        }
        Ok(ids)
    };
    let ids = example.serve(old, under_way).await?;

    let mut new = example.worker(&queue);
    new.register_workflow::<PatchedOrder>()?
        .register_activities(Shop);
    let rest = async |_| {
        let mut lines = Vec::new();
        for id in ids {
            lines.push(finish(&queue, id).await?);
        }
        Ok(lines)
    };
    let summaries = example.work(new, rest).await?;
    example.tell(&summaries);
    Ok(())
}

/// Starts an order on the old code, and returns its id once it waits.
async fn begin(queue: &TaskQueue) -> Result<String> {
    let order = queue.start_updated(FirstOrder::run, (), FirstOrder::charged, ());
    let (order, _) = order.await?;
    Ok(order.info().workflow_id.clone())
}

/// Ships the old order and a new one, both on the new code.
async fn finish(queue: &TaskQueue, id: String) -> Result<String> {
    let old = queue.client.get_workflow_handle::<PatchedOrder>(id);
    let new = queue.start(PatchedOrder::run, ()).await?;
    let id = new.info().workflow_id.clone();
    let new = queue.client.get_workflow_handle::<PatchedOrder>(id);
    let mut ends = Vec::new();
    for order in [old, new] {
        let options = WorkflowSignalOptions::default();
        order.signal(PatchedOrder::ship, (), options).await?;
        ends.push(result(&order).await?.join(", "));
    }
    Ok(format!("old order: {}; new order: {}", ends[0], ends[1]))
}
