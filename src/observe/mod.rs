//! The one middleware core, through which every intercepted SDK call goes.
//!
//! A gRPC call, a client call, an activity and a workflow handler all have the same shape: a
//! function of an input and a next step that returns a future of a result. So there is one future,
//! `Observed`, that polls the call inside its execution, one classification of ends
//! ([`Outcome`](crate::schema::Outcome)), and one pair of hooks. An adapter only describes the call
//! (`Call`).
//!
//! # When the hooks fire
//!
//! Hooks pass the gate as a user's metric does, so each fires once for each start or end.
//!
//! | | [`OnStart`] | [`OnEnd`] |
//! |---|---|---|
//! | activity or call, first poll | yes | |
//! | activity or call, ready | | yes, with the classified outcome |
//! | activity or call, panics | | yes, `Panicked`; the panic is resumed |
//! | activity or call, dropped | | yes, `Dropped` |
//! | workflow code, live: its activation is completed | yes | yes, with the outcome that the SDK reported |
//! | workflow code, live: its activation fails, a panic included | no | no |
//! | workflow code, replaying | no | no |
//! | workflow code, evicted | | no |
//! | query, validator: its activation is completed | yes | yes |
//!
//! Workflow code's hooks wait for the completion of its activation, because the SDK converts and
//! encodes results after the code has returned, and may fail the task for them. They then fire on
//! the worker's own task, inside the execution that they report.
//!
//! A run that started live on one worker and ends live on another fires `OnStart` on the first and
//! `OnEnd` on the second. If the server did not accept a task, its next attempt reports the same
//! starts and ends again, except with [`Emission::OnCommit`](crate::commit::Emission::OnCommit). An activity's result is converted after its hooks have fired, and no SDK
//! hook reports a failure of that conversion.
//!
//! ```
//! use chronoscope::{Observability, execution::Execution, schema::Outcome};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let observability = Observability::builder()
//!     .on_end(|execution: &Execution, outcome: &Outcome| {
//!         if outcome.is_error() {
//!             eprintln!("{} {}", execution.operation().name(), outcome.class());
//!         }
//!     })
//!     .build()?;
//! # let _ = observability;
//! # Ok(())
//! # }
//! ```
//!
//! # Cost
//!
//! Without hooks: one clone of an `Arc` per call, and entering its execution. A hook that panics is
//! caught and counted; it never fails a task.

mod activities;
mod call;
mod forgotten;
mod future;
mod names;
mod observer;
mod on_end;
mod on_start;
mod parts;
#[cfg_attr(
    not(feature = "introspect"),
    allow(dead_code, reason = "nobody asks what is kept")
)]
mod registry;
mod retry_rule;
mod settle;
pub(crate) mod stuck;

#[cfg(feature = "introspect")]
pub(crate) use self::registry::{AttemptSeen, Event, Happened, RunSeen, RunState, Watched};
pub(crate) use self::{
    activities::ActivityKind,
    call::{Call, End, LastLine},
    future::{Observed, observe, observe_sync},
    observer::Observer,
    registry::{
        About, Activation, Beats, Command, Commands, Completion, Executing, Jobs, Known, Left,
        NON_DETERMINISM, Opened, Registration, Registry, Run, TaskFailure, Worker, polled,
    },
    retry_rule::RetryRule,
    settle::Settling,
};
pub use self::{
    on_end::OnEnd,
    on_start::OnStart,
    stuck::{Limits, StuckBuilder},
};
#[doc(inline)]
pub use crate::execution::Signal;
