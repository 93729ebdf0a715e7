//! The one middleware core, through which every intercepted SDK call goes.
//!
//! A gRPC call, a client call, an activity and a workflow handler all have the shape "input and
//! next, to a future of a result". So there is one future, `Observed`, that polls the call inside
//! its execution, one classifier that says what its end means ([`Outcome`](crate::schema::Outcome)),
//! and one pair of hooks. An adapter says only what the call is (`Call`).
//!
//! # When the hooks fire
//!
//! Hooks pass the gate as a user's metric does, so each fires once for what happens once.
//!
//! | | [`OnStart`] | [`OnEnd`] |
//! |---|---|---|
//! | live, first poll | yes | |
//! | live, ready | | yes, with the classified outcome |
//! | live, panics | | yes, `Panicked`; the panic goes on |
//! | replaying | no | no |
//! | query, validator | yes | yes |
//! | workflow future dropped (eviction) | | no |
//! | activity or client call dropped | | yes, `Dropped` |
//!
//! A run that started live on one worker and ends live on another fires `OnStart` on the first
//! and `OnEnd` on the second. What a task that the server did not accept reported is reported
//! again by its next attempt.
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
//! Without hooks: one clone of an `Arc` a call and the entering of its execution. A hook that
//! panics is caught and counted; it never fails a task.

mod activities;
mod call;
mod future;
mod hooks;
#[cfg_attr(
    not(feature = "introspect"),
    allow(dead_code, reason = "nobody asks what is kept")
)]
mod insight;
mod names;
mod observer;
mod on_end;
mod on_start;
mod retries;
mod runs;
mod signal;
mod signals;
mod watch;

#[cfg(feature = "introspect")]
pub(crate) use self::insight::{AttemptSeen, Event, Happened, RunSeen, RunState, Seat};
pub(crate) use self::{
    activities::ActivityKind,
    call::{Call, End},
    future::{Observed, observe, observe_sync},
    insight::{
        About, Done, Executing, Insight, LastHeartbeat, Leaves, NON_DETERMINISM, Seated, Started,
        TaskFailure,
    },
    observer::Observer,
    retries::Retries,
    runs::{Activation, Command, Runs, Sitting},
    signals::Signals,
    watch::{Neighbours, Watch},
};
pub use self::{on_end::OnEnd, on_start::OnStart, signal::Signal};
