//! Orders that are found by their search attributes, and by their traces.
//!
//! The attributes are registered first, so a server that refuses them reports it before any
//! workflow fails. Each line has the status of its order.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod keys;
mod workflows;

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, Result};
use chronoscope::search_attributes::{self, TraceLink, TraceUrl};
use clap::Parser;
use futures::TryStreamExt as _;
use keys::{KEYS, ORDER_ITEMS, ORDER_STATUS, ORDER_TOTAL, TRACE_ID};
use support::{Example, Flags, Tree, exit, unique};
use temporalio_client::{
    Client, UntypedWorkflowHandle, WorkflowDescribeOptions, WorkflowExecution,
    WorkflowExecutionInfo, WorkflowGetResultOptions, WorkflowListOptions, WorkflowStartOptions,
};
use temporalio_sdk::WorkerOptions;
use workflows::{Order, Parcel};

#[derive(Parser)]
#[command(about = "Finds orders by their search attributes, and goes from runs to traces and back")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// The address of Jaeger's user interface.
    #[arg(long, value_name = "URL", default_value = "http://localhost:16686")]
    jaeger: String,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<()> {
    let link = TraceLink::attribute(TRACE_ID).url(TraceUrl::jaeger(&args.jaeger));
    // The tree keeps spans in memory, so there are traces even without a collector.
    let builder = args
        .flags
        .observability()?
        .traces(|t| t.processor(Tree::default()))
        .search_attributes(|s| s.link(link).mirror(ORDER_STATUS));
    let example = Example::start(args.flags, builder.install()?).await?;
    KEYS.register(example.client.connection(), &example.flags.namespace)
        .await?;
    let task_queue = unique("orders");
    let options = WorkerOptions::new(&task_queue)
        .max_cached_workflows(example.flags.cache.unwrap_or(1000))
        .register_workflow::<Order>()?
        .register_workflow::<Parcel>()?
        .build();
    let found = example
        .work(options, async |client| {
            let mut found = Vec::new();
            for _ in 0..example.flags.runs {
                let id = unique("order");
                order(&client, &task_queue, &id).await?;
                found.push(find(&client, &id).await?);
            }
            Ok(found)
        })
        .await?;
    example.finish();
    for text in found {
        print!("{text}");
    }
    let counts = example.observability.health().upserts;
    println!(
        "{} changes of attributes sent, {} skipped",
        counts.sent, counts.skipped
    );
    Ok(())
}

async fn order(client: &Client, task_queue: &str, id: &str) -> Result<()> {
    let attributes = search_attributes::of([
        ORDER_STATUS.set("new"),
        ORDER_TOTAL.set(12.5),
        ORDER_ITEMS.set(["book", "socks"]),
    ])?;
    let options = WorkflowStartOptions::new(task_queue, id)
        .search_attributes(attributes)
        .build();
    let handle = client.start_workflow(Order::run, false, options).await?;
    handle
        .get_result(WorkflowGetResultOptions::default())
        .await?;
    Ok(())
}

/// Goes from a query to runs, from a run to its trace, and from the trace to all its runs.
async fn find(client: &Client, id: &str) -> Result<String> {
    let mut text = String::new();
    for status in ["shipped", "returned"] {
        let query =
            format!("OrderStatus = '{status}' AND OrderItems = 'socks' AND WorkflowId = '{id}'");
        let order = first(client, &query).await?;
        let attributes = order.search_attributes();
        let trace = TRACE_ID.get(&attributes)?.context("the run has no trace")?;
        let total = ORDER_TOTAL.get(&attributes)?;
        text += &format!("{id} {status}, total {total:?}, trace {trace}\n");
        let details = details(client, &order).await?;
        text += &format!("  details: {}\n", details.as_deref().unwrap_or("none"));
        let mut runs = search_attributes::list(client, TRACE_ID, &trace);
        while let Some(run) = runs.try_next().await? {
            text += &format!("  in this trace: {} {}\n", run.workflow_type(), run.id());
        }
    }
    Ok(text)
}

/// Waits for the server to index a run.
async fn first(client: &Client, query: &str) -> Result<WorkflowExecution> {
    loop {
        let mut found = client.list_workflows(query, WorkflowListOptions::default());
        if let Some(run) = found.try_next().await? {
            return Ok(run);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Returns the run's details as Temporal's user interface shows them.
async fn details(client: &Client, run: &WorkflowExecution) -> Result<Option<String>> {
    let info = WorkflowExecutionInfo::builder()
        .namespace(client.options().namespace.clone())
        .workflow_id(run.id())
        .run_id(run.run_id())
        .build();
    let handle = UntypedWorkflowHandle::<Client>::new(client.clone(), info);
    let described = handle.describe(WorkflowDescribeOptions::default()).await?;
    Ok(described.static_details().map(str::to_owned))
}
