use chronoscope::{Observability, info, metrics::counter};
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult};

#[workflow]
#[derive(Default)]
struct Order;

#[workflow_methods]
impl Order {
    #[run]
    async fn run(_ctx: &mut WorkflowContext<Self>, item: String) -> WorkflowResult<()> {
        info!(item, "order started"); // once, with the workflow's ids
        counter!("orders_started_total").increment(1); // once, with its type
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let observability = Observability::from_env()?.install()?;

    let runtime = Runtime::from_current_tokio(observability.runtime_options())?;
    let server = std::env::var("TEMPORAL_ADDRESS").unwrap_or("localhost:7233".into());
    let connection = ConnectionOptions::new(Url::parse(&format!("http://{server}"))?).build();
    let connection = Connection::connect(observability.wrap(connection)).await?;
    let client = ClientOptions::new("default").build();
    let client = Client::new(connection, observability.wrap(client))?;
    let options = WorkerOptions::new("orders").register_workflow::<Order>()?.build();
    let mut worker = Worker::new(&runtime, client, observability.wrap(options))?;
    let end = worker.shutdown_handle();
    tokio::spawn(async move { tokio::signal::ctrl_c().await.map(|()| end()) });
    worker.run().await?;

    observability.shutdown(); // sends what is buffered
    Ok(())
}
