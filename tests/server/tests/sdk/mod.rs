//! The official SDK on the server: its own worker and client, without a socket.

mod workflows;

use std::{future::Future, time::Duration};

use chronoscope_testserver::{Fault, TestServer};
use temporalio_client::{
    Client, ClientOptions, Connection, WorkflowCancelOptions, WorkflowExecuteUpdateOptions,
    WorkflowGetResultOptions, WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions,
    WorkflowStartOptions, tonic::Status,
};
use temporalio_common::HasWorkflowDefinition;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

pub(crate) use self::workflows::{Again, Chain, Failing, Mixed, Sleeper, Steps};
use crate::support::connect;

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
