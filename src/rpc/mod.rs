//! gRPC calls: Tower layers around those of a client, and a span, a metric and a log line of each.
//!
//! Whatever a client or a worker does comes down to gRPC calls, and Tower has layers for calls:
//! limits, retries within a budget, headers, a layer of your own. A [`Stack`] puts such layers around
//! the calls of a connection, and keeps every promise of the connection that it replaces.
//!
//! A retry budget around the calls of a client, each attempt observed:
//!
//! ```no_run
//! use chronoscope::{
//!     Observability,
//!     rpc::{Retries, Stack},
//! };
//! use temporalio_client::{Connection, ConnectionOptions, RetryOptions, Url};
//!
//! # async fn connect(observability: Observability) -> Result<(), Box<dyn std::error::Error>> {
//! let stack = Stack::new()
//!     .retrying(Retries::at_most(5))
//!     .all(observability.rpc());
//! let options = ConnectionOptions::new(Url::parse("http://localhost:7233")?)
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
//! | way | what takes it | retried by |
//! |---|---|---|
//! | [`calls`](Stack::calls) | whatever the server answers at once | the client, or a layer |
//! | [`waits`](Stack::waits) | what it holds for a caller: updates, histories with `wait_new_event`, descriptions with a `long_poll_token`, `Poll…Execution…` | the client, or a layer |
//! | [`polls`](Stack::polls) | what it holds for a worker: polls of workflow, activity and Nexus tasks | the client, for ever |
//!
//! ```text
//!                          retrying     calls
//! client -> its retries ->    |     ->  waits  ->  all  ->  connections, or a service in process
//!                       ------------->  polls  ->
//! ```
//!
//! [`retrying`](Stack::retrying) adds a layer to calls and waits, [`all`](Stack::all) to all three.
//! A limit around calls starves no poll, and a timeout around calls ends no wait.
//!
//! A layer sees an [`http::Request`] whose body is the encoded message ([`Request`]), so it can
//! be cloned and sent again, and layers for HTTP that don't look into bodies work as well. Metadata,
//! the API key and `grpc-timeout` are its headers.
//!
//! # What is kept
//!
//! With a stack and without it a caller sees the same result, the same status with its details and
//! metadata, and the server the same attempts. A test compares them for every method of the
//! workflow service, against a server that misbehaves in more than twenty ways.
//!
//! | option of the connection | through a stack |
//! |---|---|
//! | `target`, `connect_timeout`, `override_origin`, `keep_alive` | the same |
//! | `tls_options` with root, domain, client certificate, verifier | the same |
//! | `tls_options.client_cert_resolver` | refused |
//! | `http_connect_proxy` | the same |
//! | `grpc_compression` | the same, and off if the server does not know it |
//! | `api_key`, `headers`, `binary_headers`, `metrics_meter`, limits of payloads | the client's own, above the stack |
//! | `retry_options` | the client's own, above the stack; refused beside [`retrying`](Stack::retrying) |
//! | `dns_load_balancing` | off; refused if set to other than its default |
//! | `service_override` | what answers the calls |
//!
//! What is refused is a [`RefusedOption`] that names it. Connections are made by the first call,
//! which is the client's own when it connects; an error of it names the target and the cause, and
//! its time is no call's.
//!
//! The deadline of a call holds around its whole stack, in which it may wait for a limit or for a
//! retry; the server is told what is left of it when the call leaves.
//!
//! | what ends a call | status |
//! |---|---|
//! | a `Status`, or what has one among its causes | that |
//! | its deadline | as on the client's own connection: `CANCELLED`, "Timeout expired"; `DEADLINE_EXCEEDED` before a service in process; observed as `DEADLINE_EXCEEDED`, also if it never left a layer |
//! | the connection, before an answer | as on the client's own, with its causes in the message; a cancellation by the transport is `UNAVAILABLE`, which the client retries likewise |
//! | a page of a proxy | as on the client's own, with the page's title in the message |
//! | `Elapsed` of Tower's `Timeout` | `DEADLINE_EXCEEDED` |
//! | `Overloaded` of Tower's `LoadShed` | `RESOURCE_EXHAUSTED` |
//! | any other error | `UNKNOWN`, which the client retries |
//!
//! # When not to use it
//!
//! A stack has one connection, or as many as [`connections`](Stack::connections) says, all to the
//! address that the name of the target leads to. Without a stack the client spreads its calls over
//! all addresses of a name, and follows when they change: with many frontends behind one name and no
//! balancer before them, that is worth more. For metrics of calls alone there is no need of a stack:
//! the core counts its own ([`Metric::Request`](crate::schema::Metric::Request) and its likes).
//!
//! # What is observed
//!
//! [`RpcLayer`] follows OpenTelemetry's conventions for remote procedure calls:
//!
//! | signal | of a call |
//! |---|---|
//! | span | named by its method, with `rpc.system.name`, `rpc.method`, `rpc.status_code`, `error.type`, `server.address`, `server.port`, the namespace, and the workflow, run or schedule id |
//! | metric | `rpc.client.call.duration`, for Prometheus `rpc_client_call_duration_seconds`, with the `rpc.`, `server.` and `error.` attributes as labels |
//! | log line | of the target `chronoscope::rpc`: a warning if it failed, otherwise for debugging, with the same fields |
//!
//! Waits and polls have a metric apart, `rpc.client.long_poll.duration`, and no span: one a minute
//! for each poller would tell nobody anything. The namespace is that of the header
//! `temporal-namespace`; ids are read out of the encoded request, of which nothing else is looked at.
//! They are on spans and lines, and never labels. A call that is given up before
//! its deadline ends as `CANCELLED`. Calls
//! inside of a client's call or an activity belong to its span; those that a worker makes of itself
//! begin a trace each, sampled as that of their workflow.
//!
//! # Order
//!
//! An [`RpcLayer`], of all signals or [of some](RpcLayer::only), can stand anywhere in a stack:
//!
//! - What an outer layer makes of a call, those inside leave to it.
//! - Outside of a retry they see one call, inside of it each attempt.
//! - What waits for a layer to be ready, as for Tower's `ConcurrencyLimit`, is no call yet, for any
//!   layer outside of it: nobody sees the waiting, and who gives up there leaves no signal. The
//!   core's own metrics of requests have both.
//! - A log layer outside of the trace layer has no trace id.
//! - A layer that adds the trace to headers belongs inside of the trace layer.
//! - A layer that makes calls on a task of its own, as Tower's `Buffer` does, hides what is around
//!   it: ours belong outside of it, or inside, but not on both sides.
//!
//! # Replay
//!
//! Workflow code makes no gRPC calls, so these are always live.
//!
//! # Cost
//!
//! `tests/bench/bridge` counts the instructions of a call, here a count of workflows, with the server
//! in another process:
//!
//! | | instructions | with gzip, the default |
//! |---|---|---|
//! | the client's own connection | 86,450 | 645,600 |
//! | the least behind the client's callback | 95,600 (1.11 times) | |
//! | a bare stack | 95,600 (1.11) | 672,300 (1.04) |
//! | one layer | 105,600 (1.22) | 681,700 (1.06) |
//! | three, ten layers | 106,200, 113,100 (1.23, 1.31) | |
//! | observed with metrics, spans and lines | 116,500 (1.35) | |
//!
//! That is small beside a network round trip, and not nothing. The client's callback service
//! collects, strips and frames each message a second time. The first layer brings the timer of the
//! deadline with it, each other one a box and a clone.
//!
//! `tests/bench/bridge throughput` makes calls at once, and tasks of two calls at a steady rate. On
//! two cores that the server shares, 100 calls in flight are 34,000 a second on the client's own
//! connection, 39,000 through a bare stack and 51,000 over four connections; of 1,000 in flight it is
//! 41,000, 31,000 and 40,000. At 1,000 tasks a second half of the calls take at most 0.18 ms with or
//! without a stack, and several connections are no faster: hence one is the default.

mod backoff;
mod call;
mod callback;
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

pub use self::{
    layer::RpcLayer,
    message::{Request, Response, RpcService},
    refused::RefusedOption,
    retries::{Retries, RetryCall},
    service::{Rpc, RpcFuture},
    stack::Stack,
};
