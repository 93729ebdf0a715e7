//! Handlers that put jobs into a queue, and a workflow that takes them out one by one: both wait
//! for conditions on its state.
//!
//! `chronoscope::trace::wait` gives each wait a named span, since the SDK has no hook for
//! conditions.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod workflows;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use support::{Example, Flags, TaskQueue, exit, result, signal};
use temporalio_client::WorkflowExecuteUpdateOptions;
use workflows::Workshop;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Hands jobs to a workflow and waits until each is done");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("workshop");
    let mut worker = example.worker(&queue);
    worker.register_workflow::<Workshop>()?;
    example.play(worker, async || mend(&queue).await).await
}

async fn mend(queue: &TaskQueue) -> Result<String> {
    let (workshop, shoe) = queue
        .start_updated(Workshop::run, (), Workshop::mend, "shoe")
        .await?;
    let mut mended = vec![shoe];
    for job in ["chair", "clock"] {
        let options = WorkflowExecuteUpdateOptions::default();
        let done = workshop.execute_update(Workshop::mend, job.to_owned(), options);
        mended.push(done.await?);
    }
    signal(&workshop, Workshop::close, ()).await?;
    let jobs = result(&workshop).await?;
    ensure!(
        jobs == mended.len(),
        "{jobs} jobs done, of {}",
        mended.len()
    );
    Ok(mended.join(", "))
}
