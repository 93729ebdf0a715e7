//! Signals from three senders: from a client, with the start of the workflow, and from another
//! workflow.
//!
//! Each continues the trace of its sender, and its line has the ids of the receiving workflow.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod workflows;

use std::process::ExitCode;

use anyhow::Result;
use support::{Example, Flags, TaskQueue, exit, result, signal};
use workflows::{Mailbox, Sender};

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Delivers letters to a workflow in three ways");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("mailbox");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Mailbox>()?
        .register_workflow::<Sender>()?;
    example.play(worker, async || deliver(&queue).await).await
}

async fn deliver(queue: &TaskQueue) -> Result<String> {
    // The workflow sees this letter before its first step.
    let mailbox = queue
        .client
        .signal_with_start_workflow(
            Mailbox::run,
            3,
            Mailbox::letter,
            "with the start".to_owned(),
            queue.start_options(),
        )
        .await?;
    signal(&mailbox, Mailbox::letter, "from a client").await?;
    let address = mailbox.info().workflow_id.clone();
    queue.execute(Sender::run, address).await?;
    let letters = result(&mailbox).await?;
    Ok(format!("letters: {}", letters.join(", ")))
}
