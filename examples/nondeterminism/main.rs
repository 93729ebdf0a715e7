//! Code that no longer fits the histories of its runs: found by a replay before it is deployed, and what
//! happens if it is deployed all the same.
//!
//! The worker has `workflow_failure_errors`, so the run fails; without it the task would fail again and
//! again until the code is put right. Either way the core counts it (`NonDeterminismError`).

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

use activities::Post;
use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use support::{Example, Flags, TaskQueue, exit, result};
use temporalio_client::{WorkflowFetchHistoryOptions, WorkflowHistory, WorkflowSignalOptions};
use temporalio_sdk::{
    runtime::WorkflowErrorType,
    workflow_replayer::{WorkflowReplayError, WorkflowReplayer, WorkflowReplayerOptions},
};
use tower::Layer as _;
use workflows::{Incompatible, Letter};

#[derive(Parser)]
#[command(
    about = "Changes a workflow so that its runs cannot go on, and shows how that is noticed"
)]
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
    let queue = example.task_queue("letter");
    let mut old = example.worker(&queue);
    old.register_workflow::<Letter>()?.register_activities(Post);
    let under_way = async |_| {
        let mut ids = Vec::new();
        for _ in 0..example.flags.runs {
            ids.push(begin(&queue).await?);
        }
        Ok(ids)
    };
    let ids = example.serve(old, under_way).await?;

    let mut new = example.worker(&queue);
    new.workflow_failure_errors
        .insert(WorkflowErrorType::Nondeterminism);
    new.register_workflow::<Incompatible>()?
        .register_activities(Post);
    let rest = async |_| {
        let mut lines = Vec::new();
        for id in &ids {
            lines.push(format!("replay: {}", foresee(&example, &queue, id).await?));
            lines.push(format!("worker: {}", suffer(&queue, id).await?));
        }
        Ok(lines)
    };
    let summaries = example.work(new, rest).await?;
    example.tell(&summaries);
    Ok(())
}

/// Starts a letter on the old code, and returns its id once it waits.
async fn begin(queue: &TaskQueue) -> Result<String> {
    let letter = queue.start_updated(Letter::run, (), Letter::written, ());
    let (letter, _) = letter.await?;
    Ok(letter.info().workflow_id.clone())
}

/// Replays a history on the old code, which fits, and on the new, and returns what that says.
async fn foresee(example: &Example, queue: &TaskQueue, id: &str) -> Result<String> {
    let letter = queue.client.get_workflow_handle::<Letter>(id);
    let history = || letter.fetch_history(WorkflowFetchHistoryOptions::default());
    let old = WorkflowReplayerOptions::new()
        .register_workflow::<Letter>()?
        .build();
    replay(example, old, history())
        .await?
        .context("the old code does not fit")?;
    let new = WorkflowReplayerOptions::new()
        .register_workflow::<Incompatible>()?
        .build();
    match replay(example, new, history()).await? {
        Ok(()) => bail!("the new code fits"),
        Err(error) => Ok(error.to_string()),
    }
}

async fn replay(
    example: &Example,
    options: WorkflowReplayerOptions,
    history: WorkflowHistory,
) -> Result<Result<(), WorkflowReplayError>> {
    let options = example.observability.layer().layer(options);
    Ok(WorkflowReplayer::new(options)?
        .replay_workflow(history)
        .await)
}

/// Goes on with a letter on the new code, and returns how it ends.
async fn suffer(queue: &TaskQueue, id: &str) -> Result<String> {
    let letter = queue.client.get_workflow_handle::<Incompatible>(id);
    let options = WorkflowSignalOptions::default();
    letter.signal(Incompatible::send, (), options).await?;
    let Err(error) = result(&letter).await else {
        bail!("the letter was sent");
    };
    let error = format!("{error:#}");
    ensure!(error.contains("TMPRL1100"), "failed otherwise: {error}");
    Ok(error)
}
