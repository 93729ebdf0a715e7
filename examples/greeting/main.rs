//! The smallest whole program: a workflow, an activity, a worker and a client, all observed.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

#[path = "../support/mod.rs"]
mod support;

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::GreetingActivities;
use anyhow::Result;
use clap::Parser;
use support::{Example, Flags, exit, unique};
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_sdk::WorkerOptions;
use workflows::GreetingWorkflow;

#[derive(Parser)]
#[command(about = "Greets someone by name, from an activity")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// Whom to greet.
    #[arg(long, default_value = "Temporal")]
    name: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<()> {
    let observability = args.flags.observability()?.install()?;
    let example = Example::start(args.flags, observability).await?;
    let task_queue = unique("greeting");
    let options = WorkerOptions::new(&task_queue)
        .max_cached_workflows(example.flags.cache.unwrap_or(1000))
        .register_workflow::<GreetingWorkflow>()?
        .register_activities(GreetingActivities)
        .build();
    let greetings = example
        .work(options, async |client| {
            let mut greetings = Vec::new();
            for _ in 0..example.flags.runs {
                let options = WorkflowStartOptions::new(&task_queue, unique("greeting")).build();
                let handle = client
                    .start_workflow(GreetingWorkflow::run, args.name.clone(), options)
                    .await?;
                let options = WorkflowGetResultOptions::default();
                greetings.push(handle.get_result(options).await?);
            }
            Ok(greetings)
        })
        .await?;
    example.finish();
    for greeting in greetings {
        println!("{greeting}");
    }
    Ok(())
}
