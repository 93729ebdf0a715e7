//! Workflow code: run, init, signal, query and update handlers, validators.
//!
//! One interceptor per cached run builds the run's execution once and enters it around every hook
//! that the SDK has. It adds no command and no await point. It changes only the headers of existing
//! commands and, if a trace link is set, the linked options of a start.
//!
//! # Replay
//!
//! The phase is read from the SDK's `is_replaying_history_events` when each poll starts. Queries
//! and validators are [`ReadOnly`](crate::execution::Phase::ReadOnly); for `#[init]`, whose view
//! has no flag, the worker's activation hook has noted the phase just before. Under the replayer
//! everything is [`Replaying`](crate::execution::Phase::Replaying).
//!
//! # Cost
//!
//! The SDK boxes one future per hook; the interceptor adds no allocation to a poll.

mod calls;
mod failure;
mod interceptor;
mod observed;
mod outbound;
#[cfg(feature = "rebuild")]
mod rebuilding;
mod run;
mod source;

#[cfg(feature = "rebuild")]
pub(crate) use self::{failure::of_failure, rebuilding::Rebuilding};
pub(crate) use self::{observed::constructor, source::TaskSource};
