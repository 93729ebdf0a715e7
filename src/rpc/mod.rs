//! gRPC calls: Tower layers around those of a client, and a span, a metric and a log line for each.
//!
//! Everything that a client or a worker does ends in gRPC calls, and Tower has layers for calls:
//! limits, retries within a budget, headers, a layer of your own. A [`Stack`] puts such layers
//! around the calls of a connection, and behaves like the connection that it replaces.
//!
//! A retry budget around the calls of a client, with each attempt observed:
//!
//! ```
//! use chronoscope::{
//!     Observability,
//!     rpc::{Retries, Stack},
//! };
//! use temporalio_client::{Connection, ConnectionOptions, RetryOptions, Url};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = chronoscope_testserver::TestServer::builder().start().await;
//! # let address = server.listen(([127, 0, 0, 1], 0).into()).await?;
//! let observability = Observability::from_env()?.build()?;
//! let stack = Stack::new()
//!     .retrying(Retries::at_most(5))
//!     .all(observability.rpc());
//! let options = ConnectionOptions::new(Url::parse(&format!("http://{address}"))?)
//!     // The layer retries instead of the client.
//!     .retry_options(RetryOptions::no_retries())
//!     .build();
//! let options = stack.wrap(observability.wrap(options))?;
//! let connection = Connection::connect(options).await?;
//! # let _ = connection;
//! # Ok(())
//! # }
//! ```
//!
//! # Three ways
//!
//! | way | calls | retried by |
//! |---|---|---|
//! | [`calls`](Stack::calls) | calls that the server answers at once | the client, or a layer |
//! | [`waits`](Stack::waits) | calls that it holds for a caller: updates, histories with `wait_new_event`, descriptions with a `long_poll_token`, `Poll…Execution…` | the client, or a layer |
//! | [`polls`](Stack::polls) | calls that it holds for a worker: polls of workflow, activity and Nexus tasks | the client, forever |
//!
//! ```text
//!                          retrying     calls
//! client -> its retries ->    |     ->  waits  ->  all  ->  connections, or a service in process
//!                       ------------->  polls  ->
//! ```
//!
//! [`retrying`](Stack::retrying) adds a layer to calls and waits, [`all`](Stack::all) to all three.
//! So a limit around calls does not starve polls, and a timeout around calls does not end waits.
//!
//! A layer sees an [`http::Request`] whose body is the encoded message ([`Request`]), so it can be
//! cloned and retried, and HTTP layers that don't read bodies work as well. Metadata, the API key
//! and `grpc-timeout` are its headers.
//!
//! # What stays the same
//!
//! With and without a stack, a caller sees the same result and the same status with its details and
//! metadata, and the server sees the same attempts. A test compares them for every method of the
//! workflow service, against a server that misbehaves in more than twenty ways.
//!
//! | option of the connection | through a stack |
//! |---|---|
//! | `target`, `connect_timeout`, `override_origin`, `keep_alive` | the same |
//! | `tls_options` with root, domain, client certificate, verifier | the same |
//! | `tls_options.client_cert_resolver` | refused |
//! | `http_connect_proxy` | the same |
//! | `grpc_compression` | the same, and off if the server does not support it |
//! | `api_key`, `headers`, `binary_headers`, `metrics_meter`, limits of payloads | the client's own, above the stack |
//! | `retry_options` | the client's own, above the stack; refused together with [`retrying`](Stack::retrying) |
//! | `dns_load_balancing` | off; refused if set to other than its default |
//! | `service_override` | the innermost service of the stack |
//!
//! A refused option is a [`RefusedOption`] that names it. The first call, which the client itself
//! makes when it connects, opens the connections; its error names the target and the cause, and no
//! call's time includes it.
//!
//! The deadline of a call applies to its whole stack, in which it may wait for a limit or for a
//! retry; the server gets the remaining time when the call leaves.
//!
//! | what ends a call | status |
//! |---|---|
//! | a `Status`, or an error with one among its causes | that status |
//! | its deadline | as on the client's own connection: `CANCELLED`, "Timeout expired"; `DEADLINE_EXCEEDED` before a service in process; observed as `DEADLINE_EXCEEDED`, even if the call never left a layer |
//! | the connection, before a response | as on the client's own, with its causes in the message; a cancellation by the transport is `UNAVAILABLE`, which the client also retries |
//! | a page of a proxy | as on the client's own, with the page's title in the message |
//! | `Elapsed` of Tower's `Timeout` | `DEADLINE_EXCEEDED` |
//! | `Overloaded` of Tower's `LoadShed` | `RESOURCE_EXHAUSTED` |
//! | any other error | `UNKNOWN`, which the client retries |
//!
//! # When not to use it
//!
//! A stack has one connection, or as many as set by [`connections`](Stack::connections), all to the
//! address that the target's name resolves to. Without a stack the client spreads its calls over
//! all addresses of a name, and follows changes: with many frontends behind one name and no load
//! balancer in front of them, that is worth more. If you only need metrics of calls, you don't need
//! a stack: the core has its own ([`Metric::Request`](crate::schema::Metric::Request) and related
//! ones).
//!
//! # What is observed
//!
//! [`RpcLayer`] follows OpenTelemetry's conventions for remote procedure calls:
//!
//! | signal | for each call |
//! |---|---|
//! | span | named by its method, with `rpc.system.name`, `rpc.method`, `rpc.status_code`, `error.type`, `server.address`, `server.port`, the namespace, and the workflow, run or schedule id |
//! | metric | `rpc.client.call.duration`, for Prometheus `rpc_client_call_duration_seconds`, with the `rpc.`, `server.` and `error.` attributes as labels |
//! | log line | with target `chronoscope::rpc`: at level WARN if the call failed, otherwise at DEBUG, with the same fields |
//!
//! Waits and polls have a separate metric, `rpc.client.long_poll.duration`, and no span: one per
//! minute and poller would be useless. The namespace is that of the header `temporal-namespace`;
//! ids are read from the encoded request, and nothing else of it is read. Ids are on spans and
//! lines, and never labels. A call that is given up before its deadline ends as `CANCELLED`. Calls
//! inside a client call or an activity belong to its span; each call that a worker makes on its own
//! begins a trace, sampled like that of its workflow.
//!
//! # Order
//!
//! An [`RpcLayer`], for all signals or [for some](RpcLayer::only), can be anywhere in a stack:
//!
//! - Inner layers leave out signals that an outer one already makes.
//! - Outside a retry layer it sees one call, inside it each attempt.
//! - While a caller waits for a layer to be ready, for example Tower's `ConcurrencyLimit`, there is
//!   no call yet for the layers outside it: the wait is in no signal, and a caller that gives up
//!   there leaves none. The core's own request metrics include both.
//! - A log layer outside the trace layer has no trace id.
//! - A layer that adds the trace to headers belongs inside the trace layer.
//! - A layer that makes calls on a task of its own, as Tower's `Buffer` does, hides the layers
//!   around it: put an `RpcLayer` outside or inside it, but not on both sides.
//!
//! # Replay
//!
//! Workflow code makes no gRPC calls, so these are always live.
//!
//! # Cost
//!
//! `tests/bench/bridge` counts the instructions of one `CountWorkflowExecutions` call, with the
//! server in another process:
//!
//! | | instructions | with gzip, the default |
//! |---|---|---|
//! | the client's own connection | 86,450 | 645,600 |
//! | the minimum behind the client's callback | 95,600 (1.11 times) | |
//! | a bare stack | 95,600 (1.11) | 672,300 (1.04) |
//! | one layer | 105,600 (1.22) | 681,700 (1.06) |
//! | three, ten layers | 106,200, 113,100 (1.23, 1.31) | |
//! | observed with metrics, spans and lines | 116,500 (1.35) | |
//!
//! That is little compared with a network round trip, but not free. The client's callback service
//! collects, strips and frames each message a second time. The first layer adds the deadline's
//! timer, every further one a box and a clone.
//!
//! `tests/bench/bridge throughput` makes concurrent calls, and tasks of two calls at a steady rate.
//! On two cores shared with the server, 100 calls in flight reach 34,000 calls per second on the
//! client's own connection, 39,000 through a bare stack and 51,000 over four connections; 1,000 in
//! flight reach 41,000, 31,000 and 40,000. At 1,000 tasks per second the median call takes at most
//! 0.18 ms with or without a stack, and several connections are no faster: hence the default of
//! one.

mod backoff;
mod call;
mod callback;
mod commit;
mod deadline;
mod ids;
mod layer;
mod layers;
mod leaf;
mod log;
mod message;
mod refused;
mod retries;
mod service;
mod stack;
mod status;
mod way;

#[cfg(feature = "__unwired")]
pub(crate) use self::commit::polled;
pub(crate) use self::commit::read_answers;
pub use self::{
    layer::RpcLayer,
    message::{Request, Response, RpcService},
    refused::RefusedOption,
    retries::{Retries, RetryCall},
    service::{Rpc, RpcFuture},
    stack::Stack,
};
