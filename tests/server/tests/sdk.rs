//! The official SDK on the server: its own worker and client, without a socket.

use std::{future::Future, time::Duration};

use chronoscope_testserver::{Fault, TestServer};
use temporalio_client::{
    Client, ClientOptions, Connection, WorkflowCancelOptions, WorkflowExecuteUpdateOptions,
    WorkflowGetResultOptions, WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions,
    WorkflowStartOptions, tonic::Status,
};
use temporalio_common::HasWorkflowDefinition;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions,
    LocalActivityOptions, Runtime, SyncWorkflowContext, Worker, WorkerOptions, WorkflowContext,
    WorkflowContextView, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    runtime::RuntimeOptions,
};

use crate::support::connect;

pub(crate) struct Steps;

#[activities]
impl Steps {
    #[activity]
    pub(crate) async fn double(_ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        Ok(n * 2)
    }

    #[activity]
    pub(crate) async fn broken(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        Err(ApplicationFailure::non_retryable("never").into())
    }

    /// Fails at its first attempt.
    #[activity]
    pub(crate) async fn flaky(ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        match ctx.info().attempt {
            1 => Err(ApplicationFailure::new("not yet").into()),
            attempt => Ok(attempt),
        }
    }
}

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(20))
}

/// An activity, a timer, a local activity, a child, a patch, then a wait for the client.
#[workflow]
#[derive(Default)]
pub(crate) struct Mixed {
    total: u32,
    released: bool,
}

#[workflow_methods]
impl Mixed {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, n: u32) -> WorkflowResult<u32> {
        let doubled = ctx.execute_activity(Steps::double, n, options()).await?;
        ctx.timer(Duration::from_millis(50)).await;
        let local = LocalActivityOptions::builder()
            .start_to_close_timeout(Duration::from_secs(20))
            .build();
        let doubled = ctx
            .execute_local_activity(Steps::double, doubled, local)
            .await?;
        let id = format!("{}-child", ctx.workflow_id());
        let child = ctx
            .start_child_workflow(Sleeper::run, 0u64, ChildWorkflowOptions::workflow_id(id))
            .await?;
        child.result().await?;
        if ctx.patched("more") {
            ctx.execute_activity(Steps::flaky, (), options()).await?;
        }
        ctx.state_mut(|state| state.total += doubled);
        ctx.wait_condition(|state: &Self| state.released).await?;
        Ok(ctx.state(|state| state.total))
    }

    #[signal]
    pub(crate) fn release(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _input: ()) {
        self.released = true;
    }

    #[query]
    pub(crate) fn total(&self, _ctx: &WorkflowContextView) -> u32 {
        self.total
    }

    #[update_validator(add)]
    fn validate_add(
        &self,
        _ctx: &WorkflowContextView,
        n: &u32,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if *n == 0 {
            Err("nothing to add".into())
        } else {
            Ok(())
        }
    }

    #[update]
    pub(crate) fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, n: u32) -> u32 {
        self.total += n;
        self.total
    }
}

/// Sleeps for so many seconds.
#[workflow]
#[derive(Default)]
pub(crate) struct Sleeper;

#[workflow_methods]
impl Sleeper {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, seconds: u64) -> WorkflowResult<u64> {
        if seconds > 0 {
            ctx.timer(Duration::from_secs(seconds)).await;
        }
        Ok(seconds)
    }
}

/// Sleeps in a child, and runs anew until nothing is left.
#[workflow]
#[derive(Default)]
pub(crate) struct Chain;

#[workflow_methods]
impl Chain {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, left: u32) -> WorkflowResult<()> {
        let id = format!("{}-child-{left}", ctx.workflow_id());
        let child = ctx
            .start_child_workflow(Sleeper::run, 3600u64, ChildWorkflowOptions::workflow_id(id))
            .await?;
        child.result().await?;
        ctx.execute_activity(Steps::flaky, (), options()).await?;
        ctx.timer(Duration::from_secs(86_400)).await;
        if left > 0 {
            ctx.continue_as_new(left - 1, ContinueAsNewOptions::default())?;
        }
        Ok(())
    }
}

/// Runs anew until nothing is left.
#[workflow]
#[derive(Default)]
pub(crate) struct Again;

#[workflow_methods]
impl Again {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, left: u32) -> WorkflowResult<()> {
        ctx.execute_activity(Steps::double, left, options()).await?;
        if left > 0 {
            ctx.continue_as_new(left - 1, ContinueAsNewOptions::default())?;
        }
        Ok(())
    }
}

/// Fails because its activity does.
#[workflow]
#[derive(Default)]
pub(crate) struct Failing;

#[workflow_methods]
impl Failing {
    #[run]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.execute_activity(Steps::broken, (), options()).await?;
        Ok(())
    }
}

/// Runs a worker for as long as the body takes.
pub(crate) async fn work<T>(
    connection: Connection,
    cache: usize,
    body: impl AsyncFnOnce(Client) -> T,
) -> T {
    work_on("queue", connection, cache, body).await
}

pub(crate) async fn work_on<T>(
    queue: &str,
    connection: Connection,
    cache: usize,
    body: impl AsyncFnOnce(Client) -> T,
) -> T {
    let client = Client::new(connection, ClientOptions::new("default").build()).unwrap();
    let options = WorkerOptions::new(queue)
        .max_cached_workflows(cache)
        .register_activities(Steps)
        .register_workflow::<Mixed>()
        .unwrap()
        .register_workflow::<Sleeper>()
        .unwrap()
        .register_workflow::<Chain>()
        .unwrap()
        .register_workflow::<Again>()
        .unwrap()
        .register_workflow::<Failing>()
        .unwrap()
        .build();
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).unwrap();
    let mut worker = Worker::new(&runtime, client.clone(), options).unwrap();
    let shutdown = worker.shutdown_handle();
    let body = async {
        let done = body(client).await;
        shutdown();
        done
    };
    let (ran, done) = tokio::join!(worker.run(), body);
    ran.unwrap();
    done
}

pub(crate) async fn start<W: HasWorkflowDefinition>(
    client: &Client,
    workflow: W,
    id: &str,
    input: W::Input,
) -> WorkflowHandle<Client, W>
where
    W::Input: Send,
{
    start_on("queue", client, workflow, id, input).await
}

pub(crate) async fn start_on<W: HasWorkflowDefinition>(
    queue: &str,
    client: &Client,
    workflow: W,
    id: &str,
    input: W::Input,
) -> WorkflowHandle<Client, W>
where
    W::Input: Send,
{
    let options = WorkflowStartOptions::new(queue, id).build();
    client
        .start_workflow(workflow, input, options)
        .await
        .unwrap()
}

pub(crate) async fn end<W: HasWorkflowDefinition>(handle: &WorkflowHandle<Client, W>) -> W::Output
where
    W::Output: 'static,
{
    handle
        .get_result(WorkflowGetResultOptions::default())
        .await
        .unwrap()
}

/// Queries, updates and releases a [`Mixed`] once it is ready for that.
pub(crate) async fn play_mixed(
    queue: &str,
    client: &Client,
    id: &str,
    ready: impl Future<Output = ()>,
) -> u32 {
    let handle = start_on(queue, client, Mixed::run, id, 5).await;
    ready.await;
    let total = || handle.query(Mixed::total, (), WorkflowQueryOptions::default());
    while total().await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let update = WorkflowExecuteUpdateOptions::default;
    assert!(
        handle
            .execute_update(Mixed::add, 0, update())
            .await
            .is_err()
    );
    assert_eq!(
        handle
            .execute_update(Mixed::add, 2, update())
            .await
            .unwrap(),
        22
    );
    handle
        .signal(Mixed::release, (), WorkflowSignalOptions::default())
        .await
        .unwrap();
    end(&handle).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_sdk_runs() {
    let server = TestServer::start().await;
    for cache in [100, 0] {
        let id = format!("mixed-{cache}");
        let total = work(connect(&server).await, cache, async |client| {
            play_mixed("queue", &client, &id, async {}).await
        })
        .await;
        assert_eq!(total, 22);
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_survived() {
    let server = TestServer::start().await;
    let lost = Status::unavailable("as a test asked");
    server.inject("StartWorkflowExecution", Fault::DropResponse);
    server.inject("RespondWorkflowTaskCompleted", Fault::Fail(lost.clone()));
    server.inject("RespondActivityTaskCompleted", Fault::Fail(lost));
    server.inject(
        "PollWorkflowTaskQueue",
        Fault::Delay(Duration::from_millis(100)),
    );
    let total = work(connect(&server).await, 100, async |client| {
        play_mixed("queue", &client, "faulty", async {}).await
    })
    .await;
    assert_eq!(total, 22);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancellation_ends_a_sleep() {
    let server = TestServer::start().await;
    work(connect(&server).await, 100, async |client| {
        let handle = start(&client, Sleeper::run, "sleeper", 3600).await;
        handle
            .cancel(WorkflowCancelOptions::default())
            .await
            .unwrap();
        // The timer does not hear of the request: only its awaiter could.
        server.skip(Duration::from_secs(3600));
        assert_eq!(end(&handle).await, 3600);
    })
    .await;
}

/// Fails the test if the body takes longer.
pub(crate) async fn within<T>(span: Duration, body: impl Future<Output = T>) -> T {
    tokio::time::timeout(span, body).await.unwrap()
}
