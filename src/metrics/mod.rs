//! Replay-safe metrics: `counter!`, `gauge!` and `histogram!` of the [`metrics`] crate, recorded
//! once however often a workflow is replayed.
//!
//! [`ReplayRecorder`] wraps any recorder, such as that of `metrics-exporter-prometheus`. Install
//! it as the process's recorder, and use the ordinary macros in workflows, in activities and
//! everywhere else:
//!
//! ```
//! use chronoscope::metrics::ReplayRecorder;
//! use metrics::{NoopRecorder, counter, histogram};
//!
//! metrics::set_global_recorder(ReplayRecorder::new(NoopRecorder)).unwrap();
//!
//! // In workflow code this counts once, and bears the workflow's labels.
//! counter!("orders_started_total", "kind" => "express").increment(1);
//! histogram!("order_items").record(3.0);
//! ```
//!
//! # Labels
//!
//! They are bound where a handle is registered, which is what the macros do at each call. In
//! workflow code they are `namespace`, `task_queue` and `workflow_type`; in activities
//! `namespace`, `task_queue` and `activity_type`. An id is never a label. A handle that is made
//! elsewhere gets none, and keeps none where it is used. A label of that name that the caller
//! gives wins over ours.
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
//! accepted that task.
//!
//! # Cost
//!
//! A handle that is kept costs the bare one and a look at a thread local. A macro call registers
//! anew, as it does with any recorder; in an execution that copies the key with our labels.

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

use std::sync::Arc;

use metrics::{Level, Metadata, Recorder};

pub use self::{
    cardinality::{CardinalityLimits, LimitCardinality},
    core::FacadeMeter,
    fanout::Fanout,
    meter::Meter,
    pipeline::RecorderAlreadySet,
    recorder::{Refusals, ReplayRecorder},
};
pub(crate) use self::{
    measures::{
        ActivitySeries, Caller, Declared, Handler, Measures, Owner, REJECTED, WorkflowSeries,
    },
    pipeline::{Options, Pipeline, shared},
};
pub use crate::schema::Naming;

/// A recorder that several share.
pub type SharedRecorder = Arc<dyn Recorder + Send + Sync>;

/// How many of anything a cache of ours keeps. What comes later is made anew each time.
const LIMIT: usize = 10_000;

/// What handles of ours are registered with.
const METADATA: Metadata<'static> = Metadata::new("chronoscope", Level::INFO, None);
