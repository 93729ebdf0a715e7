//! Code that no longer fits the histories of its runs: detected by a replay before the deployment,
//! and the consequences if it is deployed anyway.
//!
//! The worker has `workflow_failure_errors`, so the run fails; without it the task would fail again
//! and again until the code is fixed. Either way the core counts it (`NonDeterminismError`).

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Post;
use anyhow::{Result, bail};
use support::{Example, Flags, TaskQueue, exit, result, signal};
use temporalio_client::WorkflowFetchHistoryOptions;
use temporalio_sdk::{runtime::WorkflowErrorType, workflow_replayer::WorkflowReplayerOptions};
use workflows::{Incompatible, Letter};

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse(
        "Changes a workflow so that its runs cannot go on, and shows how that is noticed",
    );
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("letter");
    let mut old = example.worker(&queue);
    old.register_workflow::<Letter>()?.register_activities(Post);
    let mut new = example.worker(&queue);
    new.workflow_failure_errors
        .insert(WorkflowErrorType::Nondeterminism);
    new.register_workflow::<Incompatible>()?
        .register_activities(Post);
    // When the update returns, the letter waits to be sent.
    let begin = async || {
        let letter = queue.start_updated(Letter::run, (), Letter::written, ());
        Ok(letter.await?.0.info().workflow_id.clone())
    };
    let finish = async |id: String| {
        let foreseen = foresee(&example, &queue, &id).await?;
        let suffered = suffer(&queue, &id).await?;
        Ok(format!("replay: {foreseen}\nworker: {suffered}"))
    };
    example.hand_over((old, begin), (new, finish)).await
}

/// Replays a history on the new code, and returns the error.
async fn foresee(example: &Example, queue: &TaskQueue, id: &str) -> Result<String> {
    let letter = queue.client.get_workflow_handle::<Letter>(id);
    let history = letter.fetch_history(WorkflowFetchHistoryOptions::default());
    let new = WorkflowReplayerOptions::new().register_workflow::<Incompatible>()?;
    let replayer = example.replayer(new.build())?;
    match replayer.replay_workflow(history).await {
        Ok(()) => bail!("the new code fits"),
        Err(error) => Ok(error.to_string()),
    }
}

/// Continues a letter on the new code, and returns how it ends.
async fn suffer(queue: &TaskQueue, id: &str) -> Result<String> {
    let letter = queue.client.get_workflow_handle::<Incompatible>(id);
    signal(&letter, Incompatible::send, ()).await?;
    match result(&letter).await {
        Ok(()) => bail!("the letter was sent"),
        Err(error) => Ok(format!("{error:#}")),
    }
}
