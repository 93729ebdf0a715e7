//! Replay-aware logs, metrics, traces and search attributes for Temporal workers and clients.
//!
//! Temporal re-executes workflow code from history ("replay") whenever a worker has lost it. Every
//! log line, counter and span in that code would be emitted again. This crate wraps the official SDK
//! so that each is emitted once, with the ids of the workflow or activity on it, however often the
//! code is replayed.
//!
//! Build an [`Observability`] at the start of `main`, give the runtime its options,
//! [`wrap`](Observability::wrap) those of connection, client and worker, and write [`info!`] in a
//! workflow.
//!
//! ```no_run
//! use chronoscope::Observability;
//! use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
//! use temporalio_sdk::{Runtime, Worker, WorkerOptions};
//!
//! async fn work(options: WorkerOptions) -> Result<(), Box<dyn std::error::Error>> {
//!     let observability = Observability::from_env()?.install()?;
//!
//!     let runtime = Runtime::from_current_tokio(observability.runtime_options())?;
//!     let connection = ConnectionOptions::new(Url::parse("http://localhost:7233")?).build();
//!     let connection = Connection::connect(observability.wrap(connection)).await?;
//!     let client = ClientOptions::new("default").build();
//!     let client = Client::new(connection, observability.wrap(client))?;
//!     Worker::new(&runtime, client, observability.wrap(options))?.run().await?;
//!
//!     observability.shutdown();
//!     Ok(())
//! }
//! ```
//!
//! Each signal has a builder of its own: [`Builder`] shows them all.
#![cfg_attr(
    all(
        feature = "logs",
        feature = "prometheus",
        feature = "otlp",
        feature = "rebuild",
        feature = "introspect"
    ),
    doc = "\n**The manual is in [`guide`]**: one page per topic."
)]
//!
//! # What it promises
//!
//! 1. **Command-neutral.** No layer adds, removes or reorders a command or an await point. A
//!    history that was recorded with the crate replays without it, and the other way round.
//! 2. **Never twice.** What a live execution emitted, no replay, eviction or restart emits again.
//!    Under the SDK's replayer everything is replay. A task that the server did not accept runs
//!    again, live. The same process leaves out what it has already emitted; the guide's page on logs
//!    lists what can repeat in another one.
//!    [`Emission::OnCommit`](commit::Emission::OnCommit) emits what the server accepted, and once,
//!    marked, the lines of a task that fails.
//! 3. **No I/O, wall clock, randomness** or lock held across a poll in workflow code. The replay
//!    flag is read when a poll starts.
//! 4. **A sink never hurts a task**, be it slow, full, down or panicking. What is dropped is
//!    counted.
//! 5. **Payloads** (arguments, results, details of failures, and whatever quotes them) never enter
//!    telemetry. Application errors show their message; other errors only their kind.
//! 6. **Ids are never metric labels**; label sets are bounded.
//! 7. **An end in workflow code is an end when the SDK says so**: at the completion of its
//!    activation, after conversion and codec. An activation that fails ends nothing.
//! 8. **Alive while wired**: what is wired keeps what it needs, until `shutdown`.
//! 9. **No panic in `Drop`**, and no unsafe code.
//!
//! # Features
//!
//! | feature | default | what | crates |
//! |---|---|---|---|
//! | `logs` | yes | [`logs`], and the subscriber that `install` sets | 3: `tracing-log`, `tracing-opentelemetry`, `opentelemetry-appender-tracing`; no exporter |
//! | `prometheus` | yes | [`MetricsBuilder::prometheus`](metrics::MetricsBuilder::prometheus) | 11: `metrics-exporter-prometheus` and its own |
//! | `otlp` | yes | [`MetricsBuilder::otlp`](metrics::MetricsBuilder::otlp), [`TracesBuilder::otlp`](trace::TracesBuilder::otlp), with `logs` `LogsBuilder::otlp` | 6: `opentelemetry-otlp`, `-http` and `-proto`, `hyper-rustls`, `ring` |
//! | `rebuild` | yes | [`rebuild`] | 3: `prost-reflect` and its own |
//! | `introspect` | yes | [`introspect`] | 4: `tonic`'s health and reflection services, `ring` and its own |
//! | `testing` | no | `testing`: a kit for tests of workflow code | those of `logs` and `rebuild` |
//!
//! The number of crates is what a feature alone adds to the tree without features, which has 7 more
//! than the SDK's own: the difference between `cargo tree -p chronoscope -e normal
//! --no-default-features --features logs --prefix none | sort -u` and the same without `--features`.
//!
//! # Types of other crates
//!
//! Most crates of this field are below 1.0, and a new version of one that is named in our API is a
//! breaking change of ours. These are named, and nowhere else:
//!
//! | crate | where |
//! |---|---|
//! | `temporalio-sdk`, `-client`, `-common` 1.1 | whatever wraps options; the errors of what they do |
//! | `opentelemetry`, `opentelemetry_sdk` 0.33 | `Collector::attribute`, [`search_attributes::TraceUrl`], [`TracesBuilder::processor`](trace::TracesBuilder::processor), [`trace::TracerProvider`] and what it makes, [`metrics::MeterProvider`], [`MetricsBuilder::meter_provider`](metrics::MetricsBuilder::meter_provider), `testing::Capture::spans` |
//! | `metrics` 0.24 | the recorders of [`metrics`](mod@metrics), and the macros that it hands on |
//! | `tracing`, `tracing-subscriber` 0.3 | the filters and formats of [`logs`], [`Observability::tracing_layer`] |
//! | `tower` 0.5, `http` 1, `bytes` 1 | [`ObservabilityLayer`], the stacks of [`activity`] and [`rpc`] |
//! | `tonic`, `prost` 0.14 | `introspect::v1`, generated; the errors of serving it |
//!
//! # Modules
//!
//! | module | what |
//! |---|---|
//! | [`Observability`], [`Builder`] | the one value that users build |
//! | [`Observability::wrap`], [`ObservabilityLayer`], [`ObservabilityPlugin`] | its wiring into the SDK's options: as a method, a Tower layer and an SDK plugin |
//! | [`schema`] | names: fields, operations, outcomes, the metric catalogue |
//! | [`execution`] | what executes now |
//! | [`replay`] | the gate, and counts of what it suppressed |
//! | [`commit`] | when telemetry is emitted: at once, or when the server has accepted them |
//! | [`logs`] | filter, format, macros, `install` |
//! | [`metrics`](mod@metrics) | the replay-safe recorder, the core's metrics and ours, their exporters |
//! | [`trace`](mod@trace) | spans as functions of history, propagation, boundaries, sampling |
//! | [`search_attributes`] | typed keys, upserts that skip what changes nothing, links to the trace |
//! | [`export`] | what exporters share: the collector, their thread |
//! | [`rebuild`] | a run's spans out of its history |
//! | [`observe`] | the one middleware core and its hooks |
//! | [`rpc`] | Tower layers around gRPC calls, and what is observed of these |
//! | [`activity`] | Tower layers around activities, activities that block |
//! | `client`, `workflow`, `worker` | adapters, as `activity` is one: one SDK trait each |
//! | [`introspect`] | what a running worker does right now, over gRPC |
//! | `testing` | a kit for tests: a capture, expectations and replay, behind the feature of that name |
//!
//! From `schema` on, a module imports only from those above it in this table, and adapters not from
//! each other; a test checks that.
//!
//! # How it is made
//!
//! ```text
//! instrument  ->  gate  ->  enrich  ->  sink
//!  tracing event   replay    ids of what    tracing subscriber
//!  metrics call    verdict   is executing   metrics recorder
//!  span                                     OpenTelemetry span processor
//! ```
//!
//! - An [`Execution`](execution::Execution) says what runs on this thread now. One future enters
//!   it at each poll, and everything reads it.
//! - The gate is one pure function, [`replay::admit`].
//! - Fields are made once per run or attempt, never per event.
//! - Sinks are those that exist: subscribers of `tracing`, recorders, exporters of OpenTelemetry.
//! - Each of the SDK's surfaces has the shape "input and next, to a future of a result", so there
//!   is one observed future and one classifier of ends ([`schema::Outcome`]), with thin adapters.
//!

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod activity;
mod client;
mod clock;
pub mod commit;
mod env;
pub mod execution;
pub mod export;
#[cfg(all(
    any(doc, doctest),
    feature = "logs",
    feature = "prometheus",
    feature = "otlp",
    feature = "rebuild",
    feature = "introspect"
))]
pub mod guide;
#[cfg(feature = "introspect")]
pub mod introspect;
mod layer;
#[cfg(feature = "logs")]
pub mod logs;
pub mod metrics;
mod observability;
pub mod observe;
mod plugin;
#[cfg(feature = "rebuild")]
pub mod rebuild;
mod redact;
pub mod replay;
pub mod rpc;
pub mod schema;
pub mod search_attributes;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trace;
mod worker;
mod workflow;

pub use self::{
    activity::record_heartbeat,
    client::MeasuredCodec,
    env::{InvalidEnv, UnknownValue},
    layer::{ObservabilityLayer, Wrap},
    observability::{Builder, Exporter, Health, Observability, SetupError},
    plugin::ObservabilityPlugin,
};

#[cfg(all(doctest, feature = "logs"))]
#[doc = include_str!("../README.md")]
struct Readme;
