//! Runs that do not move, and what is said of them: through the public API, on the server in this
//! process.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests, with a module shared with others"
)]

#[path = "../canary/needles.rs"]
mod needles;
#[path = "../suite/support/mod.rs"]
mod support;

mod blocked;
mod failing;
mod filters;
mod growing;
mod left_history;
mod open_handlers;
mod panicking;
mod waits;
mod ways;

use std::sync::Arc;

use chronoscope::{Observability, introspect::v1::introspect_client::IntrospectClient};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::Value;
use temporalio_client::{Client, WorkflowHandle};
use temporalio_common::HasWorkflowDefinition;
use tonic::transport::{Channel, Endpoint};

use self::support::{Lines, connect_inside as connect, observed};

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

/// Starts a workflow.
async fn start<W: HasWorkflowDefinition>(
    client: &Client,
    workflow: W,
    input: W::Input,
) -> WorkflowHandle<Client, W>
where
    W::Input: Send,
{
    support::start(client, QUEUE, workflow, input).await
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
