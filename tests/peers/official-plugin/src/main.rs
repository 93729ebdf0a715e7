//! The official SDK with its own OpenTelemetry plugin, set up as its documentation says, at the
//! work that chronoscope's trace tests do too. Prints one line of JSON at the end.

mod activities;
mod workflows;

use anyhow::{Context as _, Result};
use clap::Parser;
use futures::future::try_join_all;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchSpanProcessor, SdkTracerProvider},
};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_sdk::{
    Runtime, Worker, WorkerOptions,
    opentelemetry::{
        INSTRUMENTATION_SCOPE, OpenTelemetryPlugin, WorkflowIdGenerator, WorkflowSpanProcessor,
    },
};

use crate::{
    activities::Steps,
    workflows::{Delivery, Order},
};

#[derive(Parser)]
struct Flags {
    /// The Temporal server, as HOST:PORT.
    #[arg(long)]
    address: String,
    #[arg(long, default_value = "default")]
    namespace: String,
    /// The collector, by OTLP over gRPC, as http://HOST:PORT.
    #[arg(long)]
    otlp: String,
    /// How many orders run, all at once.
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// How many runs the worker keeps cached.
    #[arg(long, default_value_t = 1000)]
    cache: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let flags = Flags::parse();
    let provider = provider(&flags.otlp)?;
    let plugin = OpenTelemetryPlugin::builder()
        .tracer(provider.tracer(INSTRUMENTATION_SCOPE))
        .build();

    let connection = ConnectionOptions::new(Url::parse(&format!("http://{}", flags.address))?);
    let connection = Connection::connect(connection.build()).await?;
    // The client hands the plugin on to its workers.
    let options = ClientOptions::new(&*flags.namespace).plugin(plugin).build();
    let client = Client::new(connection, options)?;

    // No two processes share a queue, or the ids that begin with its name.
    let queue = format!("official-plugin-{}", std::process::id());
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(flags.cache)
        .register_activities(Steps)
        .register_workflow::<Order>()?
        .register_workflow::<Delivery>()?
        .build();
    let runtime = Runtime::from_current_tokio(Default::default())?;
    let mut worker = Worker::new(&runtime, client.clone(), options)?;
    let shutdown = worker.shutdown_handle();
    let work = async {
        let orders = (0..flags.runs).map(|n| order(&client, &queue, n));
        let done = try_join_all(orders).await;
        shutdown();
        done
    };
    let (ran, done) = tokio::join!(worker.run(), work);
    let done = done?;
    ran.context("the worker failed")?;

    provider.force_flush()?;
    provider.shutdown()?;
    println!(r#"{{"runs":{},"cache":{}}}"#, done.len(), flags.cache);
    Ok(())
}

/// Starts an order, approves it and waits for its end.
async fn order(client: &Client, queue: &str, n: usize) -> Result<String> {
    let options = WorkflowStartOptions::new(queue, format!("{queue}-{n}")).build();
    let handle = client
        .start_workflow(Order::run, format!("order-{n}"), options)
        .await?;
    handle
        .signal(Order::approve, (), WorkflowSignalOptions::default())
        .await?;
    Ok(handle
        .get_result(WorkflowGetResultOptions::default())
        .await?)
}

/// What the plugin's documentation asks for: workflow ids, and no spans of replays.
fn provider(endpoint: &str) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()?;
    let processor = BatchSpanProcessor::builder(exporter).build();
    let resource = Resource::builder()
        .with_service_name("official-plugin")
        .build();
    Ok(SdkTracerProvider::builder()
        .with_id_generator(WorkflowIdGenerator::default())
        .with_span_processor(WorkflowSpanProcessor::new(processor))
        .with_resource(resource)
        .build())
}
