//! The boards and alerts in action: a worker under load, and a Prometheus that scrapes it and
//! evaluates the rules, with a switch for each fault.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

#[path = "../../dashboards/generator/src/generate/mod.rs"]
mod generate;

mod activities;
mod draw;
mod faults;
mod load;
mod stack;
mod watch;
mod workflows;

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use activities::Shop;
use anyhow::{Context as _, Result};
use chronoscope::{
    commit::{Emission, OnCommit},
    metrics::export::Prometheus as Endpoint,
    rpc::Stack,
    schema::Naming,
};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, ValueEnum as _};
use faults::{FAULTS, Fault};
use generate::Faster;
use load::Count;
use stack::Prometheus;
use support::{Example, Flags, exit, unique};
use temporalio_client::{Client, ConnectionOptions};
use temporalio_sdk::{
    WorkerOptions,
    runtime::worker_tuner::{
        FixedSizeSlotSupplier, ResourceBasedSlotOptions, ResourceBasedSlotsForType,
        ResourceBasedTunerOptions, TunerHolder,
    },
};
use workflows::{DEPLOYMENT, Order, Parcel};

#[derive(Parser)]
#[command(
    about = "Runs a worker under load, with Prometheus and its alerts, and breaks it at will"
)]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// Start with this fault on. Type its name to switch it at any time.
    #[arg(long, value_name = "FAULT", value_enum)]
    fault: Vec<Fault>,

    /// Divide every duration in the rules by this, to see alerts sooner.
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = faster)]
    faster: f64,

    /// How metrics are named: `prometheus` or `core`.
    #[arg(long, env = "CHRONOSCOPE_METRIC_NAMING", default_value = "prometheus")]
    naming: Naming,

    /// At the end, draw the boards with the data of this run into this folder.
    #[arg(long, value_name = "DIR")]
    draw: Option<PathBuf>,
}

fn faster(times: &str) -> Result<f64, String> {
    match times.parse() {
        Ok(times) if (1.0..=1000.0).contains(&times) => Ok(times),
        _ => Err("expected a number from 1 to 1000".to_owned()),
    }
}

#[tokio::main]
pub async fn main() -> ExitCode {
    // By default without an end.
    let matches = Args::command()
        .mut_arg("runs", |runs| {
            runs.default_value("0")
                .help("How many orders to place; 0 for no end")
        })
        .get_matches();
    exit(match Args::from_arg_matches(&matches) {
        Ok(args) => run(args).await,
        Err(error) => Err(error.into()),
    })
}

async fn run(mut args: Args) -> Result<()> {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let address = args.flags.prometheus.take().unwrap_or(anywhere);
    let observability = args
        .flags
        .observability()?
        // So that the panels of what waits for the server have data.
        .emission(Emission::OnCommit(OnCommit::default()))
        .metrics(|m| m.naming(args.naming).prometheus(Endpoint::new(address)))
        .install()?;
    let address = observability.prometheus_address();
    let address = address.context("no Prometheus endpoint")?;
    let faster = Faster(args.faster);
    // Above the threshold of a slow task, and below the server's task timeout.
    let slow = Duration::from_secs(15).div_f64(faster.0);
    FAULTS.set_slow(slow);
    let prometheus = Prometheus::start(address, args.naming, faster).await?;
    let mut drawn = draw::Run::begin(prometheus.address, stack::interval(faster)).await?;
    println!("metrics on http://{address}/metrics");
    println!(
        "Prometheus on http://{}, alerts on http://{0}/alerts",
        prometheus.address
    );
    println!("type a fault to switch it: {}", names().join(", "));
    for fault in &args.fault {
        switch(*fault);
    }
    read_switches();

    // Each attempt of a gRPC call is observed, too.
    let stack = Stack::new().all(observability.rpc());
    let through = |options: ConnectionOptions| Ok(stack.wrap(options)?);
    let example = Example::start_through(args.flags, observability, through).await?;
    // A task queue of its own, since the server may be shared.
    let queue = example
        .flags
        .address
        .as_ref()
        .map_or("orders".to_owned(), |_| unique("orders"));
    let count = Arc::new(Count::default());
    let task_timeout = (slow * 2).max(Duration::from_secs(2));
    let (runs, client) = (example.flags.runs, example.client.clone());
    let load = async {
        load::orders(&client, &queue, task_timeout, runs, &count).await?;
        if example.flags.hold {
            std::future::pending::<()>().await;
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::select! {
        done = load => done?,
        failed = workers(&example, &queue) => failed?,
        failed = watch::alerts(prometheus.address) => failed?,
        () = load::lost_buyer(&client) => {}
        signal = tokio::signal::ctrl_c() => signal?,
    }
    if let Some(folder) = &args.draw {
        let count = drawn.draw(args.naming, folder).await?;
        println!("{count} boards drawn in {}", folder.display());
    }
    drop(prometheus);
    example.finish();
    let of = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    println!(
        "{} orders placed, {} of them ended",
        of(&count.begun),
        of(&count.ended)
    );
    Ok(())
}

/// Runs one worker after another, as the faults require.
async fn workers(example: &Example, queue: &str) -> Result<()> {
    loop {
        if FAULTS.is_on(Fault::NoPollers) {
            FAULTS.until(Fault::NoPollers, false).await;
        }
        let cache = match FAULTS.is_on(Fault::CacheThrash) {
            true => 2,
            false => example.flags.cache.unwrap_or(100),
        };
        let until_restart = async |_: Client| {
            FAULTS.until_restart().await;
            Ok(())
        };
        example.serve(worker(queue, cache)?, until_restart).await?;
    }
}

fn worker(queue: &str, cache: usize) -> Result<WorkerOptions> {
    let targets = ResourceBasedTunerOptions::builder()
        .target_memory_usage(0.95)
        .target_cpu_usage(0.95)
        .build();
    let by_resources = ResourceBasedSlotOptions::builder().minimum_slots(3).build();
    let tuner = TunerHolder::builder()
        .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(50))
        .activity_task_slot_supplier(FixedSizeSlotSupplier::new(8))
        .local_activity_task_slot_supplier(ResourceBasedSlotsForType::new(targets, by_resources))
        .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .build();
    Ok(WorkerOptions::new(queue)
        .max_cached_workflows(cache)
        .tuner(tuner)
        .register_workflow::<Order>()?
        .register_workflow::<Parcel>()?
        .register_activities(Shop)
        .build())
}

/// Reads names of faults, line by line, and switches them, on a thread that ends with the program.
/// The end of the input has no effect.
fn read_switches() {
    std::thread::spawn(|| {
        for line in std::io::stdin().lines().map_while(std::io::Result::ok) {
            match Fault::from_str(line.trim(), true) {
                Ok(fault) => switch(fault),
                Err(_) if line.trim().is_empty() => {}
                Err(_) => println!("no fault {line:?}: {}", names().join(", ")),
            }
        }
    });
}

fn switch(fault: Fault) {
    if fault == Fault::NonDeterminism && !FAULTS.is_on(fault) {
        DEPLOYMENT.fetch_add(1, Ordering::Relaxed);
    }
    let state = if FAULTS.switch(fault) { "on" } else { "off" };
    println!("{} {state}", name(fault));
}

fn names() -> Vec<String> {
    Fault::value_variants()
        .iter()
        .map(|fault| name(*fault))
        .collect()
}

fn name(fault: Fault) -> String {
    let value = fault.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}
