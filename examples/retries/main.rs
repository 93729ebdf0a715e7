//! Four ways for an activity to fail: retried until it succeeds, not retried, retried after its own
//! delay, and benignly.
//!
//! An attempt that will be retried is not a failure of the activity; a benign failure is not an
//! error in any signal.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Bank;
use anyhow::Result;
use support::{Example, Flags, exit};
use workflows::Payment;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Pays with four banks that fail in four ways");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("payment");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Payment>()?
        .register_activities(Bank);
    let pay = async || {
        let ends = queue.execute(Payment::run, ()).await?;
        Ok(ends.join("\n"))
    };
    example.play(worker, pay).await
}
