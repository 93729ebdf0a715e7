//! A kit for tests of workflow code: what your workers emit, kept in memory and checked.
//!
//! A [`Capture`] observes a worker as an [`Observability`](crate::Observability) does, and keeps
//! lines, metrics and spans. [`expect`] has the expectations to check. [`replays_neutrally`] and
//! [`emits_once`] check a recorded history.
//!
#![doc = include_str!("example.md")]
//!
//! Your code keeps using `tracing`, `log`, `counter!` and `#[instrument]` unchanged. Concurrent
//! tests of one program each see only the telemetry of their own workers and clients.
//!
//! # Code without a worker
//!
//! [`execution`] makes an execution without a worker, also a replayed one:
//!
//! ```
//! use chronoscope::{
//!     execution::Phase,
//!     schema::{Field, Operation},
//!     testing::execution,
//! };
//!
//! let replaying = execution(Operation::RunWorkflow)
//!     .field(Field::WorkflowId, "order-7")
//!     .phase(Phase::Replaying)
//!     .build();
//! replaying.run(|| chronoscope::info!("not written"));
//! ```
//!
//! # Replay
//!
//! Captured telemetry has passed the gate: there are no replayed lines, counts or spans.
//!
//! # Cost
//!
//! Only for tests: everything is kept until the capture is dropped.

mod capture;
mod execution;
pub mod expect;
mod held;
mod line;
#[cfg(feature = "__unwired")]
mod records;
mod replays;
mod route;
mod sample;
mod sink;
#[cfg(feature = "__unwired")]
#[doc(hidden)]
pub mod unwired;

pub use self::{
    capture::Capture,
    execution::{ExecutionBuilder, execution},
    line::Line,
    replays::{NotNeutral, Repeated, emits_once, replays_neutrally, replays_neutrally_under},
    route::{layer, recorder},
};
