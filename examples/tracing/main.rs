//! An order from the request to the parcel as one trace: printed as a tree, and sent to a collector
//! with `--otlp`.
//!
//! With `--cache 0` the workflow is evicted after every task, and the tree is the same.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::{process::ExitCode, time::Duration};

use activities::ShopActivities;
use anyhow::Result;
use clap::Parser;
use opentelemetry::{
    Context,
    trace::{FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use support::{Example, Flags, Tree, exit, unique};
use temporalio_client::{
    Client, WorkflowGetResultOptions, WorkflowQueryOptions, WorkflowSignalOptions,
    WorkflowStartOptions,
};
use temporalio_sdk::WorkerOptions;
use workflows::{Order, Payment};

#[derive(Parser)]
#[command(about = "Traces an order through a workflow, its child, activities and a signal")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// What to order.
    #[arg(long, default_value = "book")]
    item: String,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<()> {
    let tree = Tree::default();
    let builder = args
        .flags
        .observability()?
        .traces(|t| t.processor(tree.clone()));
    let example = Example::start(args.flags, builder.install()?).await?;
    let task_queue = unique("shop");
    let options = WorkerOptions::new(&task_queue)
        .max_cached_workflows(example.flags.cache.unwrap_or(1000))
        .register_workflow::<Order>()?
        .register_workflow::<Payment>()?
        .register_activities(ShopActivities)
        .build();
    // Represents the application's own tracing, for example by its web framework.
    let application = example.observability.tracer_provider().tracer("shop");
    example
        .work(options, async |client| {
            for _ in 0..example.flags.runs {
                let request = Context::current_with_span(application.start("POST /orders"));
                let ordered = order(&client, &task_queue, &args.item);
                ordered.with_context(request).await?;
            }
            Ok(())
        })
        .await?;
    example.finish();
    print!("{tree}");
    Ok(())
}

async fn order(client: &Client, task_queue: &str, item: &str) -> Result<()> {
    let options = WorkflowStartOptions::new(task_queue, unique("order")).build();
    let handle = client
        .start_workflow(Order::run, item.to_owned(), options)
        .await?;
    // A person considers the order.
    tokio::time::sleep(Duration::from_millis(200)).await;
    handle
        .signal(Order::approve, (), WorkflowSignalOptions::default())
        .await?;
    handle
        .get_result(WorkflowGetResultOptions::default())
        .await?;
    let options = WorkflowQueryOptions::default();
    let approved = handle.query(Order::is_approved, (), options).await?;
    anyhow::ensure!(approved, "shipped without an approval");
    Ok(())
}
