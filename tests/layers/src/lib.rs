//! A workflow that logs, played on a server in this process, for layers of other people to see.

use std::{error::Error, time::Duration};

use chronoscope::Observability;
use chronoscope_testserver::TestServer;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowStartOptions,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, SyncWorkflowContext, Worker, WorkerOptions, WorkflowContext,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

/// The number of shops that an errand visits.
pub const SHOPS: u32 = 3;

/// The id of the errand.
pub const ID: &str = "errand-7";

struct Shops;

#[activities]
impl Shops {
    #[activity]
    async fn visit(_ctx: ActivityContext, shop: u32) -> Result<(), ActivityError> {
        let inside = tracing::info_span!("shop", shop);
        inside.in_scope(|| tracing::info!("inside shop {shop}"));
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Errand {
    hints: u32,
}

#[workflow_methods]
impl Errand {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<u32> {
        // Without a cache it is opened by replay, at each task but the first.
        let errand = tracing::info_span!("errand", item = "socks");
        errand.in_scope(|| tracing::info!("set out"));
        for shop in 1..=SHOPS {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(20));
            ctx.execute_activity(Shops::visit, shop, options).await?;
            errand.in_scope(|| tracing::info!("visited shop {shop}"));
        }
        ctx.wait_condition(|errand: &Self| errand.hints > 0).await?;
        tracing::info!("came home");
        Ok(ctx.state(|errand| errand.hints))
    }

    #[signal]
    fn hint(&mut self, _: &mut SyncWorkflowContext<Self>) {
        self.hints += 1;
        tracing::info!("took a hint");
    }
}

/// Plays one errand on a worker without a cache, so that every task replays the ones before it, and
/// returns its run id.
///
/// # Errors
///
/// Returns what went wrong, of whatever kind.
pub async fn play(observability: &Observability) -> Result<String, Box<dyn Error>> {
    let server = TestServer::start().await;
    let nowhere = ConnectionOptions::new(Url::parse("http://localhost:7233")?).build();
    let connection = Connection::connect(server.wrap(observability.wrap(nowhere))).await?;
    let options = observability.wrap(ClientOptions::new("default").build());
    let client = Client::new(connection, options)?;
    let runtime = Runtime::from_current_tokio(observability.runtime_options())?;
    let options = WorkerOptions::new("errands")
        .max_cached_workflows(0)
        .register_activities(Shops)
        .register_workflow::<Errand>()?
        .build();
    let mut worker = Worker::new(&runtime, client.clone(), observability.wrap(options))?;
    let shutdown = worker.shutdown_handle();
    let played = async {
        let played = errand(&client).await;
        shutdown();
        played
    };
    let (worked, played) = tokio::join!(worker.run(), played);
    worked?;
    played
}

async fn errand(client: &Client) -> Result<String, Box<dyn Error>> {
    let options = WorkflowStartOptions::new("errands", ID).build();
    let run = client.start_workflow(Errand::run, (), options).await?;
    run.signal(Errand::hint, (), Default::default()).await?;
    run.get_result(Default::default()).await?;
    Ok(run.run_id().unwrap_or_default().to_owned())
}
