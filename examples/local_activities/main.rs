//! Short work in the worker itself, without an activity task from the server: local activities, one
//! of which is retried in place.
//!
//! Their lines have the field `is_local`; their metrics and spans are those of activities.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Prices;
use anyhow::Result;
use support::{Example, Flags, exit};
use workflows::Bill;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Adds up a bill from prices that are looked up locally");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("bill");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Bill>()?
        .register_activities(Prices);
    let bill = async || {
        let items = ["tea", "cake", "jam"].map(str::to_owned).to_vec();
        let total = queue.execute(Bill::run, items).await?;
        Ok(format!("total: {total}"))
    };
    example.play(worker, bill).await
}
