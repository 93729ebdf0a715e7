//! The names of telemetry: every field, operation, outcome and metric.
//!
//! The other modules look names up here and never write one themselves, so that a log line, a span
//! and a metric series of the same execution agree. Nothing in here knows the SDK or does I/O.
//!
//! ```
//! use chronoscope::schema::{Field, Operation};
//!
//! assert_eq!(Field::WorkflowId.log_name(), "workflow_id");
//! assert_eq!(Field::WorkflowId.label(), None, "an id is never a label");
//! assert_eq!(Operation::RunWorkflow.name(), "RunWorkflow");
//! ```
//!
//! # Replay
//!
//! Names do not depend on replay.
//!
//! # Cost
//!
//! Every function here is a table look-up.

mod buckets;
mod catalogue;
mod field;
mod label;
#[cfg(feature = "logs")]
mod library;
mod limited;
mod metric;
mod naming;
mod operation;
mod outcome;
mod status;

#[cfg(feature = "logs")]
pub(crate) use self::library::Library;
pub(crate) use self::limited::Limited;
pub use self::{
    field::Field,
    label::Label,
    metric::{Metric, MetricKind, Origin, Unit},
    naming::Naming,
    operation::{Operation, OperationKind},
    outcome::{Failure, Outcome, Retry},
};
