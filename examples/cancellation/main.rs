//! A workflow that is cancelled while its activity runs, and cleans up before it ends.
//!
//! The request reaches the activity through its heartbeats; the clean-up has its own cancellation
//! token. The run ends as cancelled, which is not an error.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::{Begun, Kitchen};
use anyhow::{Context as _, Result, bail};
use support::{Example, Flags, TaskQueue, exit, result};
use temporalio_client::WorkflowCancelOptions;
use tokio::sync::{Mutex, mpsc};
use workflows::Dinner;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Cancels a dinner while it cooks");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("dinner");
    let (kitchen, begun) = mpsc::unbounded_channel();
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Dinner>()?
        .register_activities(Kitchen(kitchen));
    let begun = Mutex::new(begun);
    example
        .play(worker, async || {
            cancel(&queue, &mut *begun.lock().await).await
        })
        .await
}

async fn cancel(queue: &TaskQueue, begun: &mut Begun) -> Result<String> {
    let dinner = queue.start(Dinner::run, ()).await?;
    begun.recv().await.context("nothing was cooked")?;
    let options = WorkflowCancelOptions::builder().reason("pizza came".to_owned());
    dinner.cancel(options.build()).await?;
    match result(&dinner).await {
        Ok(()) => bail!("dinner was served all the same"),
        Err(error) => Ok(format!("{error:#}")),
    }
}
