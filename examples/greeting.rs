//! The smallest whole program, to copy: a workflow, an activity, a worker and a client, all
//! observed. `TEMPORAL_ADDRESS` is the server's address; the variables in the README say where
//! telemetry goes.

#![allow(clippy::print_stdout, reason = "not a library")]

use std::time::Duration;

use chronoscope::{Observability, info};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowStartOptions,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

struct GreetingActivities;

#[activities]
impl GreetingActivities {
    #[activity]
    async fn compose_greeting(_: ActivityContext, name: String) -> Result<String, ActivityError> {
        info!(name, "composing"); // with the activity's ids
        Ok(format!("Hello, {name}!"))
    }
}

#[workflow]
#[derive(Default)]
struct GreetingWorkflow;

#[workflow_methods]
impl GreetingWorkflow {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<String> {
        info!(name, "workflow started"); // once, however often this is replayed
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
        let composed = ctx.execute_activity(GreetingActivities::compose_greeting, name, options);
        let greeting = composed.await?;
        info!("workflow completed");
        Ok(greeting)
    }
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let observability = Observability::from_env()?.install()?;

    let runtime = Runtime::from_current_tokio(observability.runtime_options())?;
    let server = std::env::var("TEMPORAL_ADDRESS").unwrap_or("localhost:7233".into());
    let connection = ConnectionOptions::new(Url::parse(&format!("http://{server}"))?).build();
    let connection = Connection::connect(observability.wrap(connection)).await?;
    let client = ClientOptions::new("default").build();
    let client = Client::new(connection, observability.wrap(client))?;
    let options = WorkerOptions::new("greetings").register_workflow::<GreetingWorkflow>()?;
    let options = observability.wrap(options.register_activities(GreetingActivities).build());
    let mut worker = Worker::new(&runtime, client.clone(), options)?;
    let shutdown = worker.shutdown_handle();

    let options = WorkflowStartOptions::new("greetings", "greeting").build();
    let run = client.start_workflow(GreetingWorkflow::run, "Temporal".into(), options);
    let run = run.await?;
    let result = async {
        let result = run.get_result(Default::default()).await;
        shutdown();
        result
    };
    let (ran, greeting) = tokio::join!(worker.run(), result);
    observability.shutdown();
    ran?;
    println!("{}", greeting?);
    Ok(())
}
