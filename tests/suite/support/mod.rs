//! A server, a client and a worker for a test.

pub mod authority;
pub mod collector;
pub mod exported;
mod home;
pub mod http;
mod lines;
mod moment;
pub mod peer;
pub mod prometheus3;
pub mod promtool;
mod random;
pub mod scraper;
mod seen;
mod served;
mod server;
mod spans;
mod wrong_key;

// The SDK's futures are compiled there, once.
use ::support as _;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chronoscope::{Observability, rpc::Stack};
use chronoscope_testserver::TestServer;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, RetryOptions, Url,
    WorkflowGetResultOptions, WorkflowHandle, WorkflowStartOptions, tonic::Request,
};
use temporalio_common::{
    HasWorkflowDefinition,
    protos::temporal::api::{
        taskqueue::v1::TaskQueue,
        workflowservice::v1::{DescribeTaskQueueRequest, RegisterNamespaceRequest},
    },
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use self::home::home;
pub use self::{
    home::{is_real, sized},
    lines::Lines,
    moment::{blocking_moment, moment},
    prometheus3::Prometheus3,
    random::Random,
    scraper::Scraper,
    seen::Seen,
    served::Served,
    server::Server,
    spans::Spans,
    wrong_key::wrong_key,
};

/// The name of this program in histories.
const SUITE: &str = "chronoscope-suite";

/// Creates a namespace and asks for it until every part of the server knows it.
async fn register(address: &str, namespace: &str) {
    let client = connect_to(address, namespace, SUITE, None).await;
    let request = RegisterNamespaceRequest {
        namespace: namespace.to_owned(),
        workflow_execution_retention_period: Some(Duration::from_secs(86_400).try_into().unwrap()),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    service
        .register_namespace(Request::new(request))
        .await
        .unwrap();
    let request = DescribeTaskQueueRequest {
        namespace: namespace.to_owned(),
        task_queue: Some(TaskQueue {
            name: "any".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    while service
        .describe_task_queue(Request::new(request.clone()))
        .await
        .is_err()
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The address of the server.
pub async fn address() -> &'static str {
    &home().await.address
}

/// The namespace of this test run.
pub async fn namespace() -> &'static str {
    &home().await.namespace
}

/// A namespace that nobody else uses, on the server of this test run.
pub async fn new_namespace() -> String {
    let namespace = unique("chronoscope");
    register(address().await, &namespace).await;
    namespace
}

/// The script that gets a real part and serves it.
pub fn backend(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/backends")
        .join(name)
}

/// A port that nobody uses now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// An id that nobody else uses.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4())
}

/// A client of the server, observed if there is something to observe it with.
pub async fn connect(observability: Option<&Observability>) -> Client {
    let home = home().await;
    connect_to(&home.address, &home.namespace, SUITE, observability).await
}

/// A client of a server, with a name by which histories tell who did something.
pub async fn connect_to(
    address: &str,
    namespace: &str,
    identity: &str,
    observability: Option<&Observability>,
) -> Client {
    let mut connection_options =
        ConnectionOptions::new(Url::parse(&format!("http://{address}")).unwrap())
            .identity(identity)
            .build();
    let mut client_options = ClientOptions::new(namespace).build();
    if let Some(observability) = observability {
        connection_options = observability.wrap(connection_options);
        client_options = observability.wrap(client_options);
    }
    let connection = Connection::connect(connection_options).await.unwrap();
    Client::new(connection, client_options).unwrap()
}

/// Retries that are due soon.
pub fn soon() -> RetryOptions {
    RetryOptions::builder()
        .initial_interval(Duration::from_millis(1))
        .max_interval(Duration::from_millis(10))
        .build()
}

/// An observed client of a test server of the test's own, in this process. It retries soon.
pub async fn connect_inside(server: &TestServer, observability: &Observability) -> Client {
    connect_through(server, observability, [Stack::new(), Stack::new()]).await
}

/// The same, with layers inside what the observation of a connection adds, and around it.
pub async fn connect_through(
    server: &TestServer,
    observability: &Observability,
    layers: [Stack; 2],
) -> Client {
    let options = ConnectionOptions::new(Url::parse("http://in-process").unwrap())
        .retry_options(soon())
        .build();
    connect_between(server.wrap(options), "default", observability, layers).await
}

/// An observed client of any server, with such layers.
pub async fn connect_between(
    options: ConnectionOptions,
    namespace: &str,
    observability: &Observability,
    [inner, outer]: [Stack; 2],
) -> Client {
    let options = observability.wrap(inner.wrap(options).unwrap());
    let connection = Connection::connect(outer.wrap(options).unwrap());
    let options = observability.wrap(ClientOptions::new(namespace).build());
    Client::new(connection.await.unwrap(), options).unwrap()
}

/// Connects to a server in this process through gRPC layers.
pub async fn connect_layered(server: &TestServer, observability: &Observability) -> Client {
    let layered = Stack::new().all(observability.rpc());
    connect_through(server, observability, [Stack::new(), layered]).await
}

/// Starts a workflow on the queue.
pub async fn start<W: HasWorkflowDefinition>(
    client: &Client,
    queue: &str,
    workflow: W,
    input: W::Input,
) -> WorkflowHandle<Client, W>
where
    W::Input: Send,
{
    let options = WorkflowStartOptions::new(queue, unique("run")).build();
    client
        .start_workflow(workflow, input, options)
        .await
        .unwrap()
}

/// Waits for the successful end of a workflow.
pub async fn end<W: HasWorkflowDefinition>(handle: &WorkflowHandle<Client, W>) -> W::Output
where
    W::Output: 'static,
{
    handle
        .get_result(WorkflowGetResultOptions::default())
        .await
        .unwrap()
}

/// Runs a worker for as long as the body takes.
pub async fn work<T>(client: &Client, options: WorkerOptions, body: impl Future<Output = T>) -> T {
    work_in(RuntimeOptions::default(), client, options, body).await
}

async fn work_in<T>(
    runtime: RuntimeOptions,
    client: &Client,
    options: WorkerOptions,
    body: impl Future<Output = T>,
) -> T {
    let runtime = Runtime::from_current_tokio(runtime).unwrap();
    let mut worker = Worker::new(&runtime, client.clone(), options).unwrap();
    let shutdown = worker.shutdown_handle();
    let body = async {
        let done = body.await;
        shutdown();
        done
    };
    let (ran, done) = tokio::join!(worker.run(), body);
    ran.unwrap();
    done
}

/// Runs an observed worker for as long as the body takes.
pub async fn observed<T>(
    client: &Client,
    observability: &Observability,
    options: WorkerOptions,
    body: impl Future<Output = T>,
) -> T {
    let runtime = RuntimeOptions::builder()
        .telemetry_options(observability.telemetry_options())
        .build()
        .unwrap();
    work_in(runtime, client, observability.wrap(options), body).await
}

/// Runs one workflow to its end, on an observed worker and client.
pub async fn run<W: HasWorkflowDefinition>(
    observability: &Observability,
    options: WorkerOptions,
    workflow: W,
    input: W::Input,
) where
    W::Input: Send,
    W::Output: 'static,
{
    let client = connect(Some(observability)).await;
    let queue = options.task_queue.clone();
    observed(&client, observability, options, async {
        end(&start(&client, &queue, workflow, input).await).await;
    })
    .await;
}
