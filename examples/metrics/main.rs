//! A worker with its own counter, gauge and histogram, and the samples that Prometheus scrapes.
//!
//! With a cache of 0 (the default here) every task replays its run, and each parcel is still
//! counted once.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod scrape;
mod workflows;

use std::{net::SocketAddr, process::ExitCode};

use activities::Packing;
use anyhow::{Context as _, Result};
use chronoscope::metrics::export::Prometheus;
use clap::Parser;
use metrics::{describe_counter, describe_gauge, describe_histogram};
use support::{Example, Flags, exit, unique};
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_sdk::WorkerOptions;
use workflows::Shipment;

#[derive(Parser)]
#[command(about = "Counts parcels in a workflow, and shows what Prometheus gets of it")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// How many parcels each workflow packs.
    #[arg(long, value_name = "N", default_value_t = 12)]
    parcels: u32,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(mut args: Args) -> Result<()> {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let address = args.flags.prometheus.take().unwrap_or(anywhere);
    let endpoint =
        Prometheus::new(address).buckets("parcel_items", [1.0, 2.0, 3.0, 4.0, 5.0, 10.0]);
    let observability = args
        .flags
        .observability()?
        .metrics(|m| m.prometheus(endpoint).activity_types(["Packing::pack"]))
        .install()?;
    describe();
    let address = observability.prometheus_address();
    let address = address.context("no Prometheus endpoint")?;
    println!("metrics on http://{address}/metrics");

    let example = Example::start(args.flags, observability).await?;
    let task_queue = unique("shipments");
    let options = WorkerOptions::new(&task_queue)
        .max_cached_workflows(example.flags.cache.unwrap_or(0))
        .register_workflow::<Shipment>()?
        .register_activities(Packing)
        .build();
    let items = example
        .work(options, async |client| {
            let mut handles = Vec::new();
            for _ in 0..example.flags.runs {
                let options = WorkflowStartOptions::new(&task_queue, unique("shipment")).build();
                let handle = client
                    .start_workflow(Shipment::run, args.parcels, options)
                    .await?;
                handles.push(handle);
            }
            let mut items = 0;
            for handle in handles {
                let options = WorkflowGetResultOptions::default();
                items += handle.get_result(options).await?;
            }
            scrape::print(address).await?;
            Ok(items)
        })
        .await?;
    example.finish();
    let parcels = example.flags.runs as u64 * u64::from(args.parcels);
    println!("{parcels} parcels of {items} items packed");
    Ok(())
}

/// Describes the metrics of this program.
fn describe() {
    describe_counter!("parcels_packed_total", "Parcels that were packed");
    describe_counter!("items_packed_total", "Items that were packed");
    describe_histogram!("parcel_items", "Items of a parcel");
    describe_gauge!(
        "shipment_parcels_left",
        "Parcels that a shipment still lacks"
    );
}
