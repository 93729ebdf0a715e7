//! gRPC calls: Tower layers round those of a client, and a span, a metric and a log line of each.
//!
//! Whatever a client or a worker does comes down to gRPC calls, and Tower has layers for calls:
//! limits, retries within a budget, headers, a layer of yours. A [`RpcBridge`] is a
//! [`tower::Layer`] over the options of a connection that sends its calls through such a stack.
//!
//! A retry budget round the calls of a client, each attempt observed:
//!
//! ```no_run
//! use chronoscope::{
//!     Observability,
//!     rpc::{Retries, RpcBridge},
//! };
//! use temporalio_client::{Connection, ConnectionOptions, RetryOptions, Url};
//! use tower::Layer as _;
//!
//! # async fn connect(observability: Observability) -> Result<(), Box<dyn std::error::Error>> {
//! let bridge = RpcBridge::new()
//!     .around_calls(Retries::at_most(5))
//!     .observed(observability.rpc());
//! let options = ConnectionOptions::new(Url::parse("http://localhost:7233")?)
//!     // The layer retries instead of the client.
//!     .retry_options(RetryOptions::no_retries())
//!     .build();
//! let options = bridge.layer(observability.layer().layer(options))?;
//! let connection = Connection::connect(options).await?;
//! # let _ = connection;
//! # Ok(())
//! # }
//! ```
//!
//! # Where calls go
//!
//! ```text
//!                           around_calls      observed
//! client  ->  its retries  ->  short calls  ->  Rpc  ->  a connection, or a service in process
//!                          ->  long polls   ->  Rpc  ->
//!                           around_polls
//! ```
//!
//! A long poll is a call that the server holds until there is something to say: polls for tasks,
//! waiting for results and for updates. Polls have a stack of their own, so that no limit or
//! timeout round calls starves or ends one.
//!
//! A layer sees an [`http::Request`] whose body is the encoded message ([`Request`]), so that it can
//! be cloned and sent again; so layers for HTTP that don't look into bodies work as well. Metadata,
//! the API key and `grpc-timeout` are its headers. An error that is a `Status` reaches the client as
//! it is, with details and metadata; `Elapsed` of Tower's `Timeout` is `DEADLINE_EXCEEDED`,
//! `Overloaded` of its `LoadShed` is `RESOURCE_EXHAUSTED`, and any other error `UNKNOWN`, which the
//! client retries.
//!
//! | option of the connection | through the bridge |
//! |---|---|
//! | `target`, `connect_timeout`, `override_origin`, `keep_alive` | the same |
//! | `tls_options` with root, domain, client certificate, verifier | the same |
//! | `tls_options.client_cert_resolver` | refused |
//! | `http_connect_proxy` | the same |
//! | `api_key`, `headers`, `binary_headers`, `metrics_meter`, limits of payloads | the client's own, above the bridge |
//! | `retry_options` | the client's own, above the bridge; refused beside a layer that retries |
//! | `dns_load_balancing` | off; refused if set to other than its default |
//! | `grpc_compression` | off, as with any `service_override` |
//! | `service_override` | what answers the calls |
//!
//! What is refused is a [`RefusedOption`] that names it. The connection is made by the first call,
//! which is the client's own when it connects; an error of it names the target and the cause.
//!
//! # When not to use it
//!
//! The bridge has one connection. Without it the client spreads its calls over all addresses of a
//! host name, and compresses what it sends: with many workers behind one name, or large payloads
//! over a slow wire, that is worth more than a stack. For metrics of calls alone there is no need
//! of it: the core counts its own ([`Metric::Request`](crate::schema::Metric::Request) and its
//! likes).
//!
//! # What is observed
//!
//! [`RpcLayer`] follows OpenTelemetry's conventions for remote procedure calls:
//!
//! | signal | of a call |
//! |---|---|
//! | span | named by its method, with `rpc.system.name`, `rpc.method`, `rpc.status_code`, `error.type`, `server.address`, `server.port`, the namespace, and the workflow, run or schedule id |
//! | metric | `rpc.client.call.duration`, for Prometheus `rpc_client_call_duration_seconds`, with the `rpc.`, `server.` and `error.` attributes as labels |
//! | log line | of the target `chronoscope::rpc`: a warning if it failed, else for debugging, with the same fields |
//!
//! Long polls have a metric apart, `rpc.client.long_poll.duration`, and no span: one a minute for
//! each poller would tell nobody anything. The namespace is that of the header
//! `temporal-namespace`; ids are read out of the encoded request, of which nothing else is looked at.
//! They are on spans and lines, and never labels. A call that is given up ends as `CANCELLED`. Calls
//! inside of a client's call or an activity belong to its span; those that a worker makes of itself
//! begin a trace each, sampled as that of their workflow.
//!
//! # Order
//!
//! [`RpcLayer::logs`], [`metrics`](RpcLayer::metrics) and [`traces`](RpcLayer::traces) can stand
//! anywhere in a stack. Those that stand next to each other are one, in whichever order. With other
//! layers between them, the order tells:
//!
//! - Outside of a retry they see one call, inside of it each attempt.
//! - Outside of a limit their time is that of waiting, too.
//! - A log layer outside of the trace layer has no trace id.
//! - A layer that adds the trace to headers belongs inside of the trace layer.
//! - What an outer layer does of the same call, an inner one of the same value leaves to it.
//! - A layer that makes calls on a task of its own, as Tower's `Buffer` does, hides what is around
//!   it: ours belong outside of it, or inside, but not on both sides.
//!
//! # Replay
//!
//! Workflow code makes no gRPC calls, so these are always live.
//!
//! # Cost
//!
//! `tests/bench/bridge` counts the instructions of a call on the client's own connection, through a
//! bare bridge, through stacks of three and ten layers, and observed. The bridge encodes nothing
//! anew: it takes the message out of the client's frame and puts it into its own. A layer costs a
//! box and a clone of the stack a call. Of a count of workflows, with the server in another process,
//! the caller's instructions are 88,200 on its own connection, 96,700 through the bare bridge (1.10
//! times), 100,100 and 106,600 with three and ten layers, and 110,100 observed with metrics, spans
//! and lines: small beside a network round trip, and not nothing.
//!
//! Nearly all of the bare bridge's tenth is the client's: its callback service collects, strips and
//! frames each message a second time. A callback that does no more than hand the message to a
//! channel costs 97,300.

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
