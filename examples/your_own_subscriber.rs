//! One whole program to copy, with a `tracing` subscriber of its own: a workflow, an activity, a
//! worker and a client, all observed. It takes `TEMPORAL_ADDRESS`, and what the environment says.

#![allow(clippy::print_stdout, reason = "not a library")]

use std::time::Duration;

use chronoscope::{
    Observability, info,
    logs::{ExecutionFormat, ReplayFilter, Shield},
};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowStartOptions,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _};

struct Greetings;

#[activities]
impl Greetings {
    #[activity]
    async fn compose(_ctx: ActivityContext, name: String) -> Result<String, ActivityError> {
        info!(name, "composing"); // with the activity's ids
        Ok(format!("Hello, {name}!"))
    }
}

#[workflow]
#[derive(Default)]
struct Greeting;

#[workflow_methods]
impl Greeting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<String> {
        tracing::info!(name, "greeting"); // once, with the workflow's ids
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        Ok(ctx
            .execute_activity(Greetings::compose, name, options)
            .await?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // All that `install` sets up, but for the globals: these are yours.
    let observability = Observability::from_env()?.build()?;
    let lines = Shield::new(fmt::layer().map_event_format(ExecutionFormat::new));
    let subscriber = tracing_subscriber::registry()
        .with(observability.tracing_layer())
        .with(lines)
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
    let options = WorkerOptions::new("greetings").register_workflow::<Greeting>()?;
    let options = observability.wrap(options.register_activities(Greetings).build());
    let mut worker = Worker::new(&runtime, client.clone(), options)?;
    let shutdown = worker.shutdown_handle();
    let greeted = async {
        let options = WorkflowStartOptions::new("greetings", "greeting").build();
        let run = client
            .start_workflow(Greeting::run, "Temporal".to_owned(), options)
            .await;
        let greeted = run?.get_result(WorkflowGetResultOptions::default()).await;
        shutdown();
        Ok::<_, Box<dyn std::error::Error>>(greeted?)
    };
    let (ran, greeted) = tokio::join!(worker.run(), greeted);
    observability.shutdown();
    ran?;
    println!("{}", greeted?);
    Ok(())
}
