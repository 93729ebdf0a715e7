//! A purchase that waits ten seconds for the buyer to change their mind.
//!
//! Signal, query, cancellation, a durable timer and an activity that posts to an HTTP endpoint,
//! which the example serves itself.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod shop;
mod workflows;

use std::process::ExitCode;

use activities::{Purchase, PurchaseActivities};
use anyhow::Result;
use clap::Parser;
use futures::future::try_join_all;
use support::{Example, Flags, exit, unique};
use temporalio_client::{
    Client, WorkflowCancelOptions, WorkflowGetResultOptions, WorkflowQueryOptions,
    WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_sdk::WorkerOptions;
use workflows::{OneClickBuyWorkflow, PurchaseStatus};

#[derive(Parser)]
#[command(about = "Buys something in ten seconds, unless it is cancelled")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// What to buy. The shop is out of `sold-out`.
    #[arg(long, default_value = "item1")]
    item: String,

    /// Buy this instead: sent as a signal while the purchase is pending.
    #[arg(long, value_name = "ITEM")]
    update: Option<String>,

    /// Cancel while the purchase is pending.
    #[arg(long)]
    cancel: bool,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<()> {
    let observability = args.flags.observability()?.install()?;
    let example = Example::start(args.flags.clone(), observability).await?;
    let task_queue = unique("one-click-buy");
    let shop = shop::open().await?;
    let options = WorkerOptions::new(&task_queue)
        .max_cached_workflows(example.flags.cache.unwrap_or(1000))
        .register_workflow::<OneClickBuyWorkflow>()?
        .register_activities(PurchaseActivities { shop })
        .build();
    let statuses = example
        .work(options, async |client| {
            try_join_all((0..args.flags.runs).map(|_| buy(&client, &task_queue, &args))).await
        })
        .await?;
    example.finish();
    for status in statuses {
        println!("purchase {status:?}");
    }
    Ok(())
}

/// Starts a purchase, changes it if asked to, and waits for its end.
async fn buy(client: &Client, task_queue: &str, args: &Args) -> Result<PurchaseStatus> {
    let of = |item: &str| Purchase {
        item_id: item.to_owned(),
        user_id: "user1".to_owned(),
    };
    let options = WorkflowStartOptions::new(task_queue, unique("purchase")).build();
    let handle = client
        .start_workflow(OneClickBuyWorkflow::run, of(&args.item), options)
        .await?;
    if let Some(item) = &args.update {
        let options = WorkflowSignalOptions::default();
        handle
            .signal(OneClickBuyWorkflow::update_purchase, of(item), options)
            .await?;
    }
    if args.cancel {
        handle.cancel(WorkflowCancelOptions::default()).await?;
    }
    let result = handle
        .get_result(WorkflowGetResultOptions::default())
        .await?;
    // Queries are answered after the end, too.
    let options = WorkflowQueryOptions::default();
    let status = handle
        .query(OneClickBuyWorkflow::current_status, (), options)
        .await?;
    anyhow::ensure!(status == result, "asked {status:?}, got {result:?}");
    Ok(result)
}
