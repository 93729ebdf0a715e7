//! A saga: a trip whose last booking fails, so that the earlier ones are cancelled in reverse
//! order.
//!
//! The compensations are ordinary activities. The run ends as failed in its span and in the
//! metrics, and the trip that finds a car ends as completed.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Agency;
use anyhow::{Result, bail};
use support::{Example, Flags, TaskQueue, exit};
use workflows::Trip;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Books two trips, one of which has to be undone");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("trip");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Trip>()?
        .register_activities(Agency);
    example.play(worker, async || travel(&queue).await).await
}

async fn travel(queue: &TaskQueue) -> Result<String> {
    let booked = queue.execute(Trip::run, "Rome").await?;
    let Err(error) = queue.execute(Trip::run, "Atlantis").await else {
        bail!("a car was found in Atlantis");
    };
    Ok(format!("booked: {}; undone: {error:#}", booked.join(", ")))
}
