//! Spans: one trace per workflow, even if workers die along the way.
//!
//! A request's trace goes from the client through the workflow, its activities, children, timers,
//! signals, queries and updates, and on to workers and clients in other languages.
//! [`TracesBuilder::otlp`] turns tracing on.
//!
//! ```
//! use chronoscope::{
//!     Observability,
//!     trace::{Granularity, Sampling},
//! };
//! use opentelemetry::trace::{Tracer as _, TracerProvider as _};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let observability = Observability::builder()
//!     .traces(|t| t.sampling(Sampling::Ratio(0.1)).granularity_of("Nightly", Granularity::Marker))
//!     .build()?;
//! // Your own spans, in workflow code too.
//! let tracer = observability.tracer_provider().tracer("orders");
//! tracer.in_span("packed", |_| ());
//! observability.shutdown();
//! # Ok(())
//! # }
//! ```
//!
//! # Spans as functions of history
//!
//! A workflow outlives its workers, so none of its spans belongs to a worker. A span's id is a hash
//! of the run id, the routine that opens it, the operation, and the number of spans of that
//! operation that the routine has opened before. Its start and end are workflow time, and the
//! worker that executes the end live exports it. It is exported once, with its true start, even
//! if the run was evicted, its worker killed, or its code redeployed in between. A redeploy
//! that adds a timer changes no other operation's ids. During replay only ids are computed.
//!
//! A routine is the run's own code (`#[init]` and `#[run]`), or the n-th handler of its kind and
//! name. So neither the order in which routines are polled, nor a [`Granularity`], a [`Boundary`]
//! or a log filter changes an id. There is one exception: on a worker that does not cache the run,
//! the core may join two workflow tasks into one and so change the order of two branches of one
//! routine, such as those of a `join!`. Then each branch gets the other's id. The id of a
//! `RunActivity` follows from the activity's own, which the SDK counts in the order of calls: if a
//! local activity ran in an attempt that was lost, the next attempt may give its id to another.
//!
//! Spans that workflow code ends are exported when its activation is completed, after the SDK has
//! converted and encoded the code's results. An activation that fails (a panic, a result that can't
//! be converted) ends no span: the attempt that succeeds does. Spans that an earlier activation of
//! the same workflow task ended stay ended.
//!
//! | span | kind | starts | ends |
//! |---|---|---|---|
//! | `StartWorkflow:X`, `SignalWorkflow:S`, `QueryWorkflow:Q`, … | client | with the call | with the call |
//! | `WorkflowExecutionStarted:X` | internal | with the run | at once: it shows open runs, and has no children |
//! | `RunWorkflow:X` | server | with the run | when the run closes |
//! | `HandleSignal:S`, `HandleUpdate:U` | server | when the handler starts | when it returns |
//! | `HandleQuery:Q`, `ValidateUpdate:U` | server | in real time | in real time |
//! | `StartActivity:A`, `StartChildWorkflow:X`, `StartTimer`, `SignalExternalWorkflow:S`, … | client | when it is called | when the workflow takes its result |
//! | `WaitCondition:N` | internal | with [`wait`] | when the condition holds |
//! | `ContinueAsNew:X` | internal | when it is called | at once |
//! | `RunActivity:A` | server | in real time | in real time; each attempt links to the one before |
//!
//! A span that nobody waits for any more, since its future was dropped or its run closed, ends
//! there with the attribute `temporalAbandoned`. No worker sees the end of a run that is terminated
//! or times out: [`rebuild`](crate::rebuild) exports its end, and the spans that a killed worker
//! had not sent.
//!
//! # Outcomes
//!
//! Continuing as new, cancellation and asynchronous completion are not errors, nor are benign
//! failures and those that Temporal retries. A failure sets `error.type`, and an event `exception`
//! with the application error's type and message; its details never appear, and
//! [`FailureMessages::Hide`] leaves the message out.
//!
//! # Across processes
//!
//! The header `_tracer-data` carries W3C trace context and baggage, as Temporal's other SDKs write
//! and read it. Unreadable headers are ignored and counted ([`SpanCounts`]). At each [`Edge`] a
//! [`Boundary`] says whether the trace continues; by default a run that continues as new, or that a
//! schedule or cron starts, begins its own trace with a link, so that no trace grows forever.
//!
//! [`Sampling`] decides by workflow id, unless the caller has already decided.
//!
//! # Your own spans
//!
//! `tracing` spans and `#[instrument]` in workflows, activities and everywhere else become children
//! of chronoscope's spans ([`Observability::tracing_layer`](crate::Observability::tracing_layer),
//! which [`install`](crate::Builder::install) adds), and so do spans of OpenTelemetry's API
//! ([`Observability::tracer_provider`](crate::Observability::tracer_provider)). In workflow code
//! they follow from history too: their ids count by name in their routine, and their parent is part
//! of the hash. Set attributes of the current span with `Context::current().span()`. Log lines
//! carry `trace_id` and `span_id`. `tracing` events become events of the span around them. In
//! workflow code they are only lines, since a later worker does not know the events before an
//! eviction.
//!
//! # Replay
//!
//! A span whose end was executed live, in a task that the server accepted, is not exported again. A
//! task that was in flight when its worker died is executed again, and its spans are exported again
//! with the same ids. The guide has [the cases](crate::guide::traces#what-can-repeat).
//!
//! # Cost
//!
//! In replay a count, a hash and two allocations per span (`tests/bench/replay`); the benchmark
//! `gate` measures an activity attempt. Spans wait in a bounded queue for a thread that sends them;
//! spans without room are dropped and counted.
mod added;
mod attributes;
mod boundary;
#[cfg(feature = "logs")]
mod bridge;
mod builder;
#[cfg_attr(
    not(feature = "otlp"),
    allow(dead_code, reason = "only exporters count")
)]
mod counts;
#[cfg(feature = "otlp")]
mod export;
mod granularity;
mod ids;
mod live;
mod open;
mod options;
mod processors;
mod propagation;
mod record;
mod routine;
mod run;
mod run_parent;
mod sampling;
mod traced;
mod tracer;
mod traces;
mod wait;
#[cfg_attr(
    not(feature = "otlp"),
    allow(dead_code, unused_imports, reason = "only exporters have a resource")
)]
mod workers;

#[cfg(feature = "logs")]
pub(crate) use self::bridge::layer;
pub(crate) use self::{
    boundary::Boundaries,
    granularity::Granularities,
    open::OpenSpan,
    processors::Processors,
    propagation::Headers,
    record::Record,
    routine::Routine,
    run::RunTrace,
    run_parent::RunParent,
    traced::{Traced, trace_id},
    traces::Traces,
    workers::{KnownWorker, Workers},
};
pub use self::{
    boundary::{Boundary, Edge},
    builder::TracesBuilder,
    counts::SpanCounts,
    granularity::Granularity,
    options::{FailedRuns, FailureMessages},
    sampling::{ParentSampling, Sampling},
    tracer::{Span, Tracer, TracerProvider},
    wait::{Wait, wait},
};
