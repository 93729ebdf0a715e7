//! Runs that do not move, and what is said of them: through the public API, on the server in this
//! process.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests, with a module shared with others"
)]

#[path = "../suite/support/lines.rs"]
mod lines;

mod blocked;
mod failing;
mod growing;
mod left_history;
mod open_handlers;
mod waits;
mod ways;

use std::sync::Arc;

use chronoscope::{Observability, introspect::v1::introspect_client::IntrospectClient};
use chronoscope_testserver::TestServer;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::Value;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowHandle, WorkflowStartOptions,
};
use temporalio_common::HasWorkflowDefinition;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use tonic::transport::{Channel, Endpoint};

use self::lines::Lines;

/// What a recorder of metrics was given.
#[derive(Clone)]
struct Recorded(Arc<DebuggingRecorder>);

impl Default for Recorded {
    fn default() -> Self {
        Self(Arc::new(DebuggingRecorder::new()))
    }
}

impl Recorded {
    fn recorder(&self) -> Arc<DebuggingRecorder> {
        self.0.clone()
    }

    /// The sum of a metric's series: of a counter, since this was last asked.
    fn sum(&self, metric: &str) -> f64 {
        let all = self.0.snapshotter().snapshot().into_vec();
        let own = all
            .into_iter()
            .filter(|(key, ..)| key.key().name() == metric);
        own.map(|(.., value)| match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(gauge) => gauge.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        })
        .sum()
    }
}

/// The task queue of each worker: each has a server of its own.
const QUEUE: &str = "stuck";

/// A client of a server in this process, observed.
async fn connect(server: &TestServer, observability: &Observability) -> Client {
    let options = ConnectionOptions::new(Url::parse("http://in-process").unwrap()).build();
    let connection = Connection::connect(observability.wrap(server.wrap(options)));
    let options = observability.wrap(ClientOptions::new("default").build());
    Client::new(connection.await.unwrap(), options).unwrap()
}

/// Runs an observed worker for as long as the body takes.
async fn observed<T>(
    client: &Client,
    observability: &Observability,
    options: WorkerOptions,
    body: impl Future<Output = T>,
) -> T {
    let runtime = RuntimeOptions::builder().telemetry_options(observability.telemetry_options());
    let runtime = Runtime::from_current_tokio(runtime.build().unwrap()).unwrap();
    let options = observability.wrap(options);
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

/// Starts a workflow.
async fn start<W: HasWorkflowDefinition>(
    client: &Client,
    workflow: W,
    input: W::Input,
) -> WorkflowHandle<Client, W>
where
    W::Input: Send,
{
    let id = uuid::Uuid::new_v4().to_string();
    let options = WorkflowStartOptions::new(QUEUE, id).build();
    client
        .start_workflow(workflow, input, options)
        .await
        .unwrap()
}

/// A client of the introspection of these workers.
async fn inside(observability: &Observability) -> IntrospectClient<Channel> {
    let address = observability.introspect_address().unwrap();
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    IntrospectClient::new(endpoint.connect().await.unwrap())
}

/// The lines of the crate whose message has this part.
fn said(lines: &Lines, part: &str) -> Vec<Value> {
    let mut said = lines.of("chronoscope");
    said.retain(|line| {
        let message = line["fields"]["message"].as_str();
        message.is_some_and(|message| message.contains(part))
    });
    said
}
