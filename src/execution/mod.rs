//! The current execution of this thread: which operation its code belongs to.
//!
//! A worker polls thousands of workflows and activities on a few threads. An [`Execution`] says
//! which of them the running code belongs to: its operation, its ids, and whether it is being
//! replayed. One future, [`Scoped`], enters an execution at each poll, and a guard restores the
//! previous one, also when the poll panics and when executions nest. Logs, metrics and traces read
//! [`current`]; nobody passes a context by hand.
//!
//! ```
//! use chronoscope::execution;
//!
//! // Outside any workflow, activity or client call there is no execution.
//! assert!(execution::current().is_none());
//! ```
//!
//! An activity carries its execution into a task of its own:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let task =
//! tokio::spawn(chronoscope::execution::in_current(async {
//!     tracing::info!("carries the activity's ids");
//! }));
//! # task.await.unwrap();
//! # }
//! ```
//!
//! # What is not covered
//!
//! The SDK has no hook around a workflow's `Default` or factory, the decoding of its input, or the
//! destructor of its state after the run completed. That code runs outside any execution, so its
//! log lines have no ids and are not gated.
//!
//! # Replay
//!
//! The replay state is read when a poll starts and holds until the poll ends ([`Phase`]). A
//! workflow future that is dropped runs its destructors inside its execution, in
//! [`Phase::Evicting`].
//!
//! # Cost
//!
//! Entering and leaving an execution swaps two values of a thread local: no allocation and no lock,
//! 20 ns at most (benchmark `execution`). With traces on, OpenTelemetry's context is entered too,
//! which increments and decrements two reference counts. Workflow code is watched from another
//! thread, so that it is seen if it blocks: two relaxed stores per poll.

mod advice;
mod attempt;
mod beacon;
mod constant;
mod current;
mod extensions;
mod fields;
mod info;
mod interned;
#[cfg(feature = "logs")]
mod line;
#[cfg(feature = "testing")]
mod mark;
mod mirror;
mod replay;
mod scoped;
mod signals;
#[cfg_attr(
    not(feature = "logs"),
    allow(dead_code, reason = "only the logs' builder asks for spans")
)]
mod span;
mod tally;
mod waits;

#[cfg(feature = "testing")]
pub(crate) use self::mark::Mark;
pub(crate) use self::{
    attempt::ActivityAttempt,
    beacon::{Light, Watched, lights},
    constant::constant,
    current::{current_replay, hide_metric, just_emits, outside, with_current},
    info::{Info, Tracing},
    interned::Interned,
    mirror::Mirror,
    replay::Moment,
    scoped::{Phased, in_execution, inside},
    signals::Signals,
    span::Spans,
    tally::Tally,
    waits::{Condition, WaitChange, WaitTable, condition},
};
#[cfg(feature = "logs")]
pub(crate) use self::{
    current::hide,
    line::{Line, decide, emitting},
    span::TARGET,
};
// Its public place is `observe`.
#[doc(hidden)]
pub use self::signals::Signal;
pub use self::{
    current::{Execution, current},
    fields::{Fields, Value},
    replay::{Phase, Policy, Replay},
    scoped::{Carried, Scoped, in_current},
    waits::{Wait, WaitKind, Waits, waits},
};
