//! Tower layers around activities: a timeout, a limit that the whole worker shares, and load
//! shedding; and around gRPC calls: retries within a budget.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod calls;
mod ends;
mod workflows;

use std::{process::ExitCode, sync::Arc, time::Duration};

use activities::{Baking, Ovens};
use anyhow::{Result, ensure};
use calls::Trouble;
use chronoscope::{
    activity,
    rpc::{self, Retries},
};
use clap::Parser;
use ends::Ends;
use support::{Example, Flags, exit, unique};
use temporalio_client::{
    Client, ConnectionOptions, RetryOptions, WorkflowGetResultOptions, WorkflowStartOptions,
};
use temporalio_sdk::WorkerOptions;
use tower::ServiceBuilder;
use workflows::Morning;

#[derive(Parser)]
#[command(about = "Bakes more loaves than there are ovens, behind layers of Tower's")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// The number of loaves that each workflow bakes at once.
    #[arg(long, value_name = "N", default_value_t = 20)]
    loaves: u32,

    /// The number of ovens.
    #[arg(long, value_name = "N", default_value_t = 4)]
    ovens: usize,
}

/// The longest time of a loaf in the oven.
const TIMEOUT: Duration = Duration::from_millis(500);

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<()> {
    let ends = Ends::default();
    let observability = args.flags.observability()?.on_end(ends.hook()).install()?;

    // Around gRPC calls: retries within one budget for all calls, and a layer that fails an attempt
    // now and then, so that there is something to retry.
    let trouble = Trouble::at_each(10);
    let around_calls = rpc::Stack::new()
        .retrying(Retries::at_most(5))
        .calls(trouble.clone())
        .all(observability.rpc());
    let through = |mut options: ConnectionOptions| {
        // The layer retries instead of the client.
        options.retry_options = RetryOptions::no_retries();
        Ok(around_calls.wrap(options)?)
    };
    let example = Example::start_through(args.flags, observability, through).await?;

    // Around activities, outermost first. There is one stack for the worker, so one limit for all
    // its activities: an attempt without a free oven is refused, and Temporal retries it a little
    // later.
    let around_activities = ServiceBuilder::new()
        .load_shed()
        .concurrency_limit(args.ovens)
        .timeout(TIMEOUT);
    let around_activities =
        activity::Stack::new(around_activities).shed_retry_delay(Duration::from_millis(100));

    let (task_queue, ovens) = (unique("bakery"), Arc::new(Ovens::default()));
    let options = WorkerOptions::new(&task_queue)
        .max_cached_workflows(example.flags.cache.unwrap_or(1000))
        .register_workflow::<Morning>()?
        .register_activities(Baking(ovens.clone()))
        .build();
    let runs = example.flags.runs;
    let attempts = example
        .work(around_activities.wrap(options), async |client| {
            bake(&client, &task_queue, runs, args.loaves).await
        })
        .await?;
    example.finish();

    let loaves = runs as u64 * u64::from(args.loaves);
    println!("{loaves} loaves baked in {attempts} attempts of activities");
    println!("concurrency limit: {} ovens in use at most", ovens.most());
    println!("load shed: {} attempts refused", ends.of("Overloaded"));
    println!("timeout: {} attempts given up", ends.of("Timeout"));
    let (attempts, failed) = trouble.attempts();
    println!("retry budget: {failed} of {attempts} attempts at gRPC calls failed, and no call did");
    ensure!(
        ovens.most() <= args.ovens,
        "more ovens in use than there are"
    );
    Ok(())
}

/// Runs the workflows concurrently, and returns the number of attempts of their activities.
async fn bake(client: &Client, task_queue: &str, runs: usize, loaves: u32) -> Result<u64> {
    let mut handles = Vec::new();
    for _ in 0..runs {
        let options = WorkflowStartOptions::new(task_queue, unique("morning")).build();
        handles.push(client.start_workflow(Morning::run, loaves, options).await?);
    }
    let mut attempts = 0;
    for handle in handles {
        let options = WorkflowGetResultOptions::default();
        attempts += u64::from(handle.get_result(options).await?);
    }
    Ok(attempts)
}
