//! Replay-safe metrics: `counter!`, `gauge!` and `histogram!` of the [`metrics`] crate, recorded
//! once however often a workflow is replayed, beside the SDK core's own and ours, with bounded label
//! sets, for Prometheus and for OpenTelemetry collectors.
//!
//! ```text
//! users' macros, Meter  ->  ReplayRecorder  ->  LimitCardinality  ->  Fanout  ->  Prometheus
//! the SDK's core  ------->  FacadeMeter  ---->                            ->  OTLP
//! adapters of ours  --------------------->                                ->  a recorder of yours
//! ```
//!
//! [`Builder::install`](crate::Builder::install) puts all of this together. Where the process has a
//! recorder already, the parts can be used alone:
//!
//! ```
//! use chronoscope::metrics::ReplayRecorder;
//! use metrics::{NoopRecorder, counter, histogram};
//!
//! // `NoopRecorder` stands for that of your exporter.
//! metrics::set_global_recorder(ReplayRecorder::new(NoopRecorder)).unwrap();
//!
//! // In workflow code this counts once, and bears the workflow's labels.
//! counter!("orders_started_total", "kind" => "express").increment(1);
//! histogram!("order_items").record(3.0);
//! ```
//!
//! # What there is
//!
//! The [catalogue](crate::schema::Metric) lists every metric. All of it is described, and a worker's
//! counters are there as zero when it starts, so that the first failure shows in `increase()`:
//! those of every workflow type that is registered, and of the activity types that
//! [`MetricsBuilder::activity_types`] names. The namespace of a worker is
//! that of the clients that the layer wrapped; with several, a type's counters are there from its
//! first execution. Buckets reach as far as the alerts that Temporal recommends, which the core's
//! own don't.
//!
//! # Labels
//!
//! They are bound where a handle is registered, which is what the macros do at each call. In
//! workflow code they are `namespace`, `task_queue` and `workflow_type`; in activities
//! `namespace`, `task_queue` and `activity_type`. An id is never a label. A handle that is made
//! elsewhere gets none, and keeps none where it is used; a [`Meter`] carries those of an execution.
//! A label of that name that the caller gives wins over ours. [`cardinality`] bounds them all.
//!
//! # Gauges in workflow code
//!
//! A gauge may only be [`set`](metrics::Gauge::set) there. When another worker takes over a run,
//! its replay records nothing, so an increment of the one would meet a decrement of the other on
//! two gauges that never agree. Both are dropped in workflow code, counted in
//! [`ReplayRecorder::refusals`], and warned of once.
//!
//! # Replay
//!
//! The gate acts where a handle is used: live recordings and those of queries and update
//! validators count, replayed ones and those of an evicted workflow's destructors do not. A handle
//! that is registered while replaying is as good as any. What a workflow task that fails and is
//! retried recorded is recorded again, as its [log lines](crate::logs) come again: the server never
//! accepted that task. That goes for our own metrics of workflow code, too; the core's count what
//! the server accepted.
//!
//! # Cost
//!
//! A handle that is kept costs the bare one and a look at a thread local. A macro call registers
//! anew, as it does with any recorder; in an execution that copies the key with our labels.

mod builder;
pub mod cardinality;
pub mod core;
pub mod export;
mod fanout;
mod gated;
mod labels;
mod measures;
mod meter;
mod pipeline;
mod recorder;
mod shield;

use std::sync::Arc;

use metrics::{Level, Metadata, Recorder};

#[cfg(feature = "introspect")]
pub(crate) use self::core::Reading;
pub use self::{
    builder::MetricsBuilder,
    cardinality::{CardinalityLimits, LimitCardinality, SeriesCounts},
    core::FacadeMeter,
    meter::Meter,
    pipeline::RecorderAlreadySet,
    recorder::{Refusals, ReplayRecorder},
};
pub(crate) use self::{
    builder::MetricsError,
    cardinality::Counts,
    core::{GaugeTable, ReadBy},
    measures::{
        ActivitySeries, Caller, Declared, Handler, Health as SelfMeasures, Measures, Method, Owner,
        REJECTED, RpcSeries, WorkflowSeries,
    },
    pipeline::Pipeline,
    shield::{Panics, Shield},
};
pub use crate::schema::Naming;
/// The macros of the crate [`metrics`], for code that names this module in its place.
pub use ::metrics::{
    counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

/// A recorder that several share.
pub(crate) type SharedRecorder = Arc<dyn Recorder + Send + Sync>;

/// How many of anything a cache of ours keeps. What comes later is made anew each time.
const LIMIT: usize = 10_000;

/// What handles of ours are registered with.
const METADATA: Metadata<'static> = Metadata::new("chronoscope", Level::INFO, None);
