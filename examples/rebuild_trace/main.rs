//! The trace of an untraced order, rebuilt from its history: printed as a tree, and sent to a
//! collector with `--otlp`.
//!
//! Without `--workflow-id` or `--file` it first runs an order on a worker without traces. It shares
//! the workflows of the example `tracing`, whose runs it can rebuild as well.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

#[path = "../tracing/activities.rs"]
mod activities;
#[path = "../tracing/workflows.rs"]
mod workflows;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use activities::ShopActivities;
use anyhow::{Context as _, Result};
use chronoscope::{Observability, rebuild::Recording};
use clap::Parser;
use support::{Example, Flags, Tree, exit, unique};
use temporalio_client::{
    Client, NamespacedClient as _, UntypedWorkflowHandle, WorkflowExecutionInfo,
    WorkflowFetchHistoryOptions, WorkflowGetResultOptions, WorkflowSignalOptions,
    WorkflowStartOptions,
};
use temporalio_sdk::{WorkerOptions, workflow_replayer::WorkflowReplayerOptions};
use workflows::{Order, Payment};

#[derive(Parser)]
#[command(about = "Rebuilds the trace of a run from its history")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// Rebuild this workflow from its history on the server.
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    workflow_id: Option<String>,

    /// Rebuild this run of the workflow. Default: the latest.
    #[arg(long, value_name = "ID", requires = "workflow_id")]
    run_id: Option<String>,

    /// Rebuild the run from the history in this file, as written by the CLI, the UI or any SDK.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<()> {
    let tree = Tree::default();
    let traced = args
        .flags
        .observability()?
        .traces(|t| t.processor(tree.clone()));
    let data_converter = args
        .flags
        .data_converter(&Observability::builder().build()?)?;
    let (recordings, server) = match &args.file {
        Some(file) => (vec![read(file, &args.flags.namespace)?], None),
        None => {
            let (recordings, example) = fetched(args).await?;
            (recordings, Some(example))
        }
    };
    // With a subscriber, the spans that the workflow's own code opens are rebuilt as well.
    let traced = traced.install()?;
    for recording in recordings {
        let mut workflows = WorkflowReplayerOptions::new()
            .register_workflow::<Order>()?
            .register_workflow::<Payment>()?
            .build();
        workflows.data_converter = data_converter.clone();
        let rebuilt = traced.rebuild(workflows, recording).await?;
        println!(
            "rebuilt {} spans of workflow {}, run {}",
            rebuilt.spans, rebuilt.workflow_id, rebuilt.run_id
        );
    }
    drop(server);
    traced.shutdown();
    print!("{tree}");
    Ok(())
}

fn read(file: &Path, namespace: &str) -> Result<Recording> {
    let bytes = std::fs::read(file);
    let bytes = bytes.with_context(|| format!("cannot read {}", file.display()))?;
    Recording::read(namespace, &bytes).with_context(|| format!("in {}", file.display()))
}

/// Returns the histories of the run in the flags, or of new orders, and the server that they are
/// fetched from.
async fn fetched(args: Args) -> Result<(Vec<Recording>, Example)> {
    // These orders are not traced on purpose.
    let untraced = Observability::builder().build()?;
    let example = Example::start(args.flags, untraced).await?;
    let runs = match args.workflow_id {
        Some(workflow_id) => vec![(workflow_id, args.run_id)],
        None => orders(&example).await?,
    };
    let recordings = runs.into_iter().map(|(workflow_id, run_id)| {
        let info = WorkflowExecutionInfo::builder()
            .namespace(example.client.namespace())
            .workflow_id(workflow_id)
            .maybe_run_id(run_id)
            .build();
        let handle = UntypedWorkflowHandle::new(example.client.clone(), info);
        let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
        Recording::new(example.client.namespace(), history)
    });
    Ok((recordings.collect(), example))
}

/// Runs orders to their ends, and returns them with their payments.
async fn orders(example: &Example) -> Result<Vec<(String, Option<String>)>> {
    let task_queue = unique("shop");
    let options = WorkerOptions::new(&task_queue)
        .max_cached_workflows(example.flags.cache.unwrap_or(1000))
        .register_workflow::<Order>()?
        .register_workflow::<Payment>()?
        .register_activities(ShopActivities)
        .build();
    let runs = async |client: Client| {
        let mut runs = Vec::new();
        for _ in 0..example.flags.runs {
            let options = WorkflowStartOptions::new(&task_queue, unique("order")).build();
            let handle = client
                .start_workflow(Order::run, "book".to_owned(), options)
                .await?;
            handle
                .signal(Order::approve, (), WorkflowSignalOptions::default())
                .await?;
            handle
                .get_result(WorkflowGetResultOptions::default())
                .await?;
            let order = handle.info().workflow_id.clone();
            runs.push((format!("{order}-payment"), None));
            runs.push((order, handle.run_id().map(str::to_owned)));
        }
        Ok(runs)
    };
    example.work(options, runs).await
}
