//! Workflow code: run, init, signal, query and update handlers, validators.
//!
//! One interceptor a cached run builds the run's execution once and enters it round every hook
//! that the SDK has. It adds no command and awaits nothing of its own; what it changes of those that
//! are there is their headers and, where a trace link is asked for, what a start has of it.
//!
//! # Replay
//!
//! The phase is read from the SDK's `is_replaying_history_events` when each poll starts. Queries
//! and validators are [`ReadOnly`](crate::execution::Phase::ReadOnly); for `#[init]`, whose view
//! has no flag, it is what the worker's activation hook noted just before. Under the replayer
//! everything is [`Replaying`](crate::execution::Phase::Replaying).
//!
//! # Cost
//!
//! The SDK boxes one future a hook; ours adds no allocation to a poll.

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
pub(crate) use self::{observed::constructor, source::Source};
