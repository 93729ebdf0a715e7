//! gRPC calls through a stack: on a real server, on small services, and with faults.

mod agreement;
mod attempts;
#[expect(clippy::disallowed_methods, reason = "waits are measured")]
mod backoff;
mod connections;
#[expect(clippy::disallowed_methods, reason = "waits are measured")]
mod deadlines;
mod faults;
mod ids;
mod peers;
mod places;
pub mod proxy;
mod real;
mod relay;
mod restarts;
mod signals;
mod stacks;
mod tls;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use chronoscope::{
    Observability,
    rpc::{Request, Response, Stack},
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use temporalio_client::{Connection, ConnectionOptions, RetryOptions, Url, grpc::WorkflowService};
use temporalio_common::protos::temporal::api::workflowservice::v1::CountWorkflowExecutionsRequest;
use tower::{BoxError, Layer, Service};

/// Counts the calls that pass, by method.
#[derive(Clone, Debug, Default)]
struct Passed(Arc<Mutex<BTreeMap<String, u64>>>);

impl Passed {
    fn of(&self, rpc: &str) -> u64 {
        self.0.lock().unwrap().get(rpc).copied().unwrap_or_default()
    }

    fn total(&self) -> u64 {
        self.0.lock().unwrap().values().sum()
    }
}

impl<S> Layer<S> for Passed {
    type Service = Passing<S>;

    fn layer(&self, inner: S) -> Passing<S> {
        let passed = self.clone();
        Passing { inner, passed }
    }
}

#[derive(Clone)]
struct Passing<S> {
    inner: S,
    passed: Passed,
}

impl<S: Service<Request>> Service<Request> for Passing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        let rpc = rpc(&request).to_owned();
        *self.passed.0.lock().unwrap().entry(rpc).or_default() += 1;
        self.inner.call(request)
    }
}

fn rpc(request: &Request) -> &str {
    request.uri().path().rsplit('/').next().unwrap()
}

/// An answer without a field: a message of any type.
fn empty() -> Result<Response, BoxError> {
    Ok(http::Response::new(Bytes::new()))
}

/// Something whose metrics can be read.
fn measured() -> (Observability, Durations) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let observability = Observability::builder()
        .metrics(|m| m.recorder(recorder))
        .build()
        .unwrap();
    (observability, Durations(snapshotter, Mutex::default()))
}

/// How often a duration was recorded, by metric, method and status code.
struct Durations(Snapshotter, Mutex<BTreeMap<(String, String, String), u64>>);

impl Durations {
    fn all(&self) -> BTreeMap<(String, String, String), u64> {
        let mut all = self.1.lock().unwrap();
        for (key, _, _, value) in self.0.snapshot().into_vec() {
            let label = |name| {
                let mut labels = key.key().labels();
                let found = labels.find(|label| label.key() == name);
                found.map_or("", metrics::Label::value).to_owned()
            };
            if let DebugValue::Histogram(values) = value
                && key.key().name().starts_with("rpc_")
            {
                let method = label("rpc_method");
                let rpc = method.rsplit('/').next().unwrap().to_owned();
                let name = key.key().name().to_owned();
                *all.entry((name, rpc, label("rpc_status_code")))
                    .or_default() += values.len() as u64;
            }
        }
        all.clone()
    }

    /// How often a method ended with a status code.
    fn of(&self, rpc: &str, status: &str) -> u64 {
        let all = self.all().into_iter();
        let matching = all.filter(|((_, method, code), _)| method == rpc && code == status);
        matching.map(|(_, count)| count).sum()
    }

    fn total(&self) -> u64 {
        self.all().values().sum()
    }
}

/// The options of a connection that does not retry by itself.
fn options(target: &str) -> ConnectionOptions {
    ConnectionOptions::new(Url::parse(target).unwrap())
        .identity("chronoscope-suite")
        .retry_options(RetryOptions::no_retries())
        .build()
}

async fn bridged(stack: &Stack, options: ConnectionOptions) -> Connection {
    Connection::connect(stack.wrap(options).unwrap())
        .await
        .unwrap()
}

/// Counts workflows: a short call that says nothing of a workflow.
async fn count(
    connection: &Connection,
    namespace: &str,
) -> Result<(), temporalio_client::tonic::Status> {
    let request = CountWorkflowExecutionsRequest {
        namespace: namespace.to_owned(),
        ..Default::default()
    };
    // The connection itself retries, its bare service does not.
    let mut service = connection.clone();
    let request = temporalio_client::tonic::Request::new(request);
    WorkflowService::count_workflow_executions(&mut service, request)
        .await
        .map(drop)
}

/// An order for how a method's next calls go wrong.
type Script = Arc<Mutex<Vec<temporalio_client::tonic::Status>>>;

/// A service that answers with the script's statuses, one each to the calls of a method, and with
/// nothing in particular otherwise.
fn scripted(
    method: &'static str,
    script: Script,
) -> impl Service<Request, Response = Response, Error = BoxError, Future: Send> + Clone + Send + Sync
{
    tower::service_fn(move |request: Request| {
        let status = (rpc(&request) == method)
            .then(|| script.lock().unwrap().pop())
            .flatten();
        async move {
            match status {
                Some(status) => Err(status.into()),
                None => empty(),
            }
        }
    })
}
