//! The SDK core's own metrics, on the [`metrics`] facade.
//!
//! [`FacadeMeter`] implements the SDK's `CoreMeter` over any recorder, so that the core's metrics
//! (pollers, slots, latencies, the sticky cache, gRPC requests) come out of the endpoint that users'
//! own metrics come out of. [`Builder::metrics`](crate::Builder::metrics) and the
//! exporters' methods set it up, and two places hand it to the SDK: the runtime, and the layer over the connection's options.
//! Without the latter, all `temporal_request*` metrics are silently absent.
//!
//! ```
//! use chronoscope::Observability;
//! use metrics::NoopRecorder;
//! use temporalio_sdk::runtime::RuntimeOptions;
//!
//! // `NoopRecorder` stands for that of your exporter, in an `Arc` if you share it.
//! let observability = Observability::builder().metrics(NoopRecorder).build();
//! let options = RuntimeOptions::builder()
//!     .telemetry_options(observability.telemetry_options())
//!     .build();
//! # assert!(options.is_ok());
//! ```
//!
//! # Names
//!
//! [`Naming::Prometheus`](crate::schema::Naming::Prometheus) follows that system's conventions: counters end in `_total`, durations
//! are seconds and end in `_seconds`. [`Naming::Core`](crate::schema::Naming::Core) keeps the core's plain names and its
//! milliseconds, for boards that exist.
//!
//! # Replay
//!
//! The core counts what happens on the worker, not in workflow code: nothing of it is replayed.
//!
//! # Cost
//!
//! The core extends label sets and binds instruments anew at each task and call. Both are looked up
//! among those that were made before, up to a limit that no worker reaches; a recording through a
//! bound instrument is one of the bare facade's.

#[cfg_attr(
    not(feature = "introspect"),
    allow(dead_code, reason = "nobody reads it")
)]
mod board;
mod instrument;
mod label_set;
mod meter;

#[cfg(feature = "introspect")]
pub(crate) use self::board::Reading;
pub(crate) use self::board::{Board, ReadBy};
pub use self::meter::FacadeMeter;
