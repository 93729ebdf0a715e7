//! Recorded histories replayed on the current code, as a CI test does before a deployment.
//!
//! The histories come from files (`--histories PATH`), or from runs that the example makes first.
//! No line is written twice: suppressed lines are counted.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use activities::Oven;
use anyhow::{Context as _, Result, ensure};
use chronoscope::rebuild::Recording;
use clap::Parser;
use support::{Example, Flags, exit, result};
use temporalio_client::{WorkflowFetchHistoryOptions, WorkflowHistory};
use temporalio_sdk::workflow_replayer::WorkflowReplayerOptions;
use workflows::Cake;

#[derive(Parser)]
#[command(about = "Replays the histories of cakes")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// Replay the histories in this file, or in all files of this folder, as written by the CLI,
    /// the UI or any SDK.
    #[arg(long, value_name = "PATH")]
    histories: Option<PathBuf>,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<()> {
    let example = Example::install(args.flags).await?;
    let histories = match &args.histories {
        Some(path) => {
            let histories = read(path)?;
            ensure!(!histories.is_empty(), "no history in {}", path.display());
            histories
        }
        None => record(&example).await?,
    };
    let options = WorkflowReplayerOptions::new().register_workflow::<Cake>()?;
    let replayer = example.replayer(options.build())?;
    let results = replayer.replay_workflows(histories).await?;
    example.finish();
    let mut failed = 0;
    for result in &results {
        if let Some(failure) = &result.replay_failure {
            println!("{failure}");
            failed += 1;
        }
    }
    for replayed in example.observability.health().replayed {
        println!("replay would have repeated: {replayed:?}");
    }
    ensure!(
        failed == 0,
        "{failed} of {} histories do not replay",
        results.len()
    );
    println!("{} histories replay", results.len());
    Ok(())
}

/// Runs cakes to their ends, and returns their histories.
async fn record(example: &Example) -> Result<Vec<WorkflowHistory>> {
    let queue = example.task_queue("cake");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Cake>()?
        .register_activities(Oven);
    let bake = async || {
        let cake = queue.start(Cake::run, 3u32).await?;
        result(&cake).await?;
        let history = cake.fetch_history(WorkflowFetchHistoryOptions::default());
        // Fetched now, and converted as for a file.
        let json = history.to_json().await?;
        Ok(WorkflowHistory::from_json(&json)?)
    };
    example.scenes(worker, bake).await
}

/// Reads every history in a file, or in the files of a folder and its folders.
fn read(path: &Path) -> Result<Vec<WorkflowHistory>> {
    let cannot = || format!("cannot read {}", path.display());
    if !path.is_dir() {
        let bytes = std::fs::read(path).with_context(cannot)?;
        let recordings = Recording::read_all("default", &bytes).with_context(cannot)?;
        return Ok(recordings
            .into_iter()
            .map(Recording::into_history)
            .collect());
    }
    let mut histories = Vec::new();
    for entry in path.read_dir().with_context(cannot)? {
        histories.extend(read(&entry?.path())?);
    }
    Ok(histories)
}
