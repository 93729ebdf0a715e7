//! A whole program to copy, with its own `tracing` subscriber and `metrics` recorder. It reads
//! `TEMPORAL_ADDRESS` and the exporters' environment variables.

#![allow(clippy::print_stdout, reason = "not a library")]

use std::time::Duration;

use chronoscope::{
    Observability,
    logs::{ExecutionFormat, ReplayFilter, Shield},
};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowStartOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    Runtime, SyncWorkflowContext, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _};

#[workflow]
#[derive(Default)]
struct Nap {
    turns: u32,
}

#[workflow_methods]
impl Nap {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<u32> {
        tracing::info!("asleep"); // once, with the workflow's ids
        ctx.timer(Duration::from_millis(200)).await;
        metrics::counter!("naps_total").increment(1);
        Ok(ctx.state(|nap| nap.turns))
    }

    #[signal]
    fn turn(&mut self, _: &mut SyncWorkflowContext<Self>) {
        self.turns += 1;
    }
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Everything that `install` sets up, except the globals, which are yours.
    let observability = Observability::from_env()?.build()?;
    let lines = fmt::layer().json().map_event_format(ExecutionFormat::new);
    let subscriber = tracing_subscriber::registry()
        .with(observability.tracing_layer())
        .with(Shield::new(lines))
        .with(ReplayFilter::global().with_spans())
        .with(EnvFilter::new("info"));
    tracing::subscriber::set_global_default(subscriber)?;
    metrics::set_global_recorder(observability.recorder())?;

    let runtime = Runtime::from_current_tokio(observability.runtime_options())?;
    let server = std::env::var("TEMPORAL_ADDRESS").unwrap_or("localhost:7233".into());
    let connection = ConnectionOptions::new(Url::parse(&format!("http://{server}"))?).build();
    let connection = Connection::connect(observability.wrap(connection)).await?;
    let client = ClientOptions::new("default").build();
    let client = Client::new(connection, observability.wrap(client))?;
    let options = WorkerOptions::new("naps").register_workflow::<Nap>()?;
    let mut worker = Worker::new(
        &runtime,
        client.clone(),
        observability.wrap(options.build()),
    )?;
    let shutdown = worker.shutdown_handle();

    let options = WorkflowStartOptions::new("naps", "nap").build();
    let run = client.start_workflow(Nap::run, (), options).await?;
    run.signal(Nap::turn, (), Default::default()).await?;
    let result = async {
        let result = run.get_result(Default::default()).await;
        shutdown();
        result
    };
    let (ran, turns) = tokio::join!(worker.run(), result);
    observability.shutdown();
    ran?;
    println!("turned over {} times", turns?);
    Ok(())
}
