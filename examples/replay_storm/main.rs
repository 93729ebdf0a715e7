//! The effect of replay on logs, with and without the filter: workflows that log, on a worker
//! without a cache.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::print_stdout,
    reason = "not a library"
)]

mod activities;
mod count;
mod workflows;

use std::{fs::File, path::PathBuf, process::ExitCode, sync::Mutex};

use activities::StormActivities;
use anyhow::{Context as _, Result, ensure};
use chronoscope::{Observability, logs::ExecutionFormat};
use clap::Parser;
use count::Count;
use futures::future::try_join_all;
use support::{Example, Flags, exit, unique};
use temporalio_client::{
    Client, WorkflowGetResultOptions, WorkflowIdConflictPolicy, WorkflowStartOptions,
};
use temporalio_sdk::WorkerOptions;
use tracing_subscriber::layer::SubscriberExt as _;
use workflows::{Storm, StormWorkflow};

#[derive(Clone, Parser)]
#[command(about = "Counts the lines that workflows log while they are replayed at every task")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// How many activities each workflow runs, one after the other.
    #[arg(long, value_name = "N", default_value_t = 50)]
    activities: u32,

    /// How many lines each workflow logs before each activity.
    #[arg(long, value_name = "L", default_value_t = 3)]
    lines: u32,

    /// Leave out the replay filter.
    #[arg(long)]
    unfiltered: bool,

    /// The workflows' id prefix and task queue. Pass the one of an earlier start, for example a
    /// killed one, to continue its workflows.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(mut args: Args) -> Result<()> {
    let id = args.id.clone().unwrap_or_else(|| unique("storm"));
    let log_file = args
        .flags
        .log_file
        .get_or_insert_with(|| temporary(&id))
        .clone();
    let observability = observe(&args)?;
    let example = Example::start(args.flags.clone(), observability).await?;
    let options = WorkerOptions::new(&id)
        .max_cached_workflows(args.flags.cache.unwrap_or(0))
        .register_workflow::<StormWorkflow>()?
        .register_activities(StormActivities)
        .build();
    let run_ids = example
        .work(options, async |client| {
            try_join_all((0..args.flags.runs).map(|n| storm(&client, &id, n, &args))).await
        })
        .await?;
    example.finish();

    let count = Count::read(&log_file, &run_ids)?;
    println!("{count}: {}", log_file.display());
    for replayed in example.observability.health().replayed {
        println!(
            "{} lines of {} were replayed and not written again",
            replayed.events, replayed.workflow_type
        );
    }
    if args.unfiltered {
        println!("without the replay filter, replay repeats lines");
        return Ok(());
    }
    let expected = args.flags.runs * args.activities as usize * args.lines as usize;
    // Runs that continue after a kill may have lost lines, or repeat those of the task in flight.
    if args.id.is_none() {
        ensure!(count.distinct == expected, "{expected} lines were logged");
        ensure!(count.lines == count.distinct, "some lines came twice");
        ensure!(count.in_order, "some lines are out of order");
    }
    Ok(())
}

/// Sets up logs, with or without the filter.
fn observe(args: &Args) -> Result<Observability> {
    let builder = args.flags.observability()?;
    if !args.unfiltered {
        return Ok(builder.install()?);
    }
    let path = args.flags.log_file.as_deref().context("no log file")?;
    let file = File::options().create(true).append(true).open(path)?;
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(Mutex::new(file))
        .map_event_format(ExecutionFormat::new);
    let subscriber = tracing_subscriber::registry()
        .with(tracing_subscriber::EnvFilter::new("info"))
        .with(layer);
    tracing::subscriber::set_global_default(subscriber)?;
    Ok(builder.build()?)
}

/// Runs one workflow to its end and returns its run id.
async fn storm(client: &Client, id: &str, n: usize, args: &Args) -> Result<String> {
    let options = WorkflowStartOptions::new(id, format!("{id}-{n}"))
        .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
        .build();
    let input = Storm {
        activities: args.activities,
        lines: args.lines,
    };
    let handle = client
        .start_workflow(StormWorkflow::run, input, options)
        .await?;
    handle
        .get_result(WorkflowGetResultOptions::default())
        .await?;
    Ok(handle
        .run_id()
        .context("the server gave no run id")?
        .to_owned())
}

fn temporary(id: &str) -> PathBuf {
    std::env::temp_dir().join(format!("{id}.jsonl"))
}
