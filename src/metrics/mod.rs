//! Replay-safe metrics: `counter!`, `gauge!` and `histogram!` of the [`metrics`] crate, recorded
//! once however often a workflow is replayed, together with the SDK core's metrics and
//! chronoscope's, with bounded label sets, for Prometheus and for OpenTelemetry collectors.
//!
//! ```text
//! users' macros, Meter  ->  ReplayRecorder  ->  LimitCardinality  ->  Fanout  ->  Prometheus
//! the SDK's core  ------->  FacadeMeter  ---->                            ->  OTLP
//! our adapters  -------------------------->                                ->  your own recorder
//! ```
//!
//! OpenTelemetry's instruments pass the gate by [`MeterProvider`], and go to their own provider.
//!
//! [`Builder::install`](crate::Builder::install) puts all of this together. If the process already
//! has a recorder, the parts can be used separately:
//!
//! ```
//! use chronoscope::metrics::ReplayRecorder;
//! use metrics::{NoopRecorder, counter, histogram};
//!
//! // `NoopRecorder` stands for your exporter's recorder.
//! metrics::set_global_recorder(ReplayRecorder::new(NoopRecorder)).unwrap();
//!
//! // In workflow code this counts once, with the workflow's labels.
//! counter!("orders_started_total", "kind" => "express").increment(1);
//! histogram!("order_items").record(3.0);
//! ```
//!
//! # Metrics
//!
//! The [catalogue](crate::schema::Metric) lists every metric. All have descriptions, and a worker's
//! counters start at zero when it starts, so that the first failure shows in `increase()`: those of
//! every registered workflow type, and of the activity types in [`MetricsBuilder::activity_types`].
//! The namespace of a worker is that of the wrapped clients; with several namespaces, a type's
//! counters appear with its first execution. Histogram buckets extend past the alert thresholds
//! that Temporal recommends; the core's own don't.
//!
//! # Labels
//!
//! Labels are bound when a handle is registered, which the macros do at each call. In workflow code
//! they are `namespace`, `task_queue` and `workflow_type`; in activities `namespace`, `task_queue`
//! and `activity_type`. An id is never a label. A handle that is made elsewhere has none of these
//! labels, wherever it is used; a [`Meter`] carries those of an execution. A label of the same name
//! from the caller wins. [`cardinality`] bounds them all.
//!
//! # Gauges in workflow code
//!
//! A gauge may only be [`set`](metrics::Gauge::set) there. When another worker takes over a run,
//! its replay records nothing, so an increment on one worker and the matching decrement on the
//! other would leave both gauges wrong. In workflow code both are dropped, counted in
//! [`ReplayRecorder::refusals`], and reported by one warning.
//!
//! # Replay
//!
//! The gate acts where a handle is used: live recordings and those of queries and update validators
//! count, replayed ones and those of an evicted workflow's destructors do not. A handle that is
//! registered during replay works like any other. A workflow task that fails and is retried records
//! again in another process, as it writes its [log lines](crate::logs) again: the server never
//! accepted that task. In the same process what it has recorded is left out. This also applies to chronoscope's own metrics of workflow code; the core counts only accepted
//! tasks. With [`Emission::OnCommit`](crate::commit::Emission::OnCommit) a recording waits until its
//! task is accepted, and counts once.
//!
//! # Cost
//!
//! A kept handle costs as much as the bare one, plus a read of a thread local. A macro call
//! registers anew, as with any recorder; inside an execution that copies the key with the
//! execution's labels.

mod builder;
pub mod cardinality;
pub mod core;
pub mod export;
mod fanout;
mod gated;
mod held;
mod labels;
mod measures;
mod meter;
mod otel;
mod pipeline;
mod recorder;
mod shield;

use std::sync::Arc;

use metrics::{Level, Metadata, Recorder};

#[cfg(feature = "introspect")]
pub(crate) use self::core::Reading;
pub use self::{
    builder::MetricsBuilder,
    cardinality::{CardinalityLimits, InvalidNamespaceLabel, LimitCardinality, SeriesCounts},
    core::FacadeMeter,
    meter::Meter,
    otel::MeterProvider,
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
/// The macros of the crate [`metrics`], for code that imports this module in its place.
pub use ::metrics::{
    counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

/// A shared recorder.
pub(crate) type SharedRecorder = Arc<dyn Recorder + Send + Sync>;

/// The most entries of each of this module's caches. Later ones are made anew each time.
const LIMIT: usize = 10_000;

/// The metadata of chronoscope's own handles.
const METADATA: Metadata<'static> = Metadata::new("chronoscope", Level::INFO, None);
