//! Replay-safe `tracing`: each event of a workflow comes out once, with the workflow's ids on it.
//!
//! Three parts, each useful alone:
//!
//! - [`ReplayFilter`] drops what replay repeats, from any `tracing` macro, in workflow code and in
//!   the libraries that it calls. It also keeps the SDK's own `RunWorkflow` and `RunActivity`
//!   spans, which come anew at each replay, and those that print payloads, from the layers.
//! - [`ExecutionFormat`] wraps a format of [`fmt`](mod@tracing_subscriber::fmt) and puts the ids of what
//!   executes on every line, as flat fields.
//! - [`trace!`](crate::trace!), [`debug!`](crate::debug!), [`info!`](crate::info!),
//!   [`warn!`](crate::warn!) and [`error!`](crate::error!) have exactly `tracing`'s syntax and
//!   are gated even where a subscriber has no filter.
//!
//! [`Builder::install`](crate::Builder::install) sets all of it up. With a subscriber of your own:
//!
//! ```
//! use chronoscope::logs::{ExecutionFormat, ReplayFilter};
//! use tracing_subscriber::{EnvFilter, Layer as _, fmt, layer::SubscriberExt as _};
//!
//! let console = fmt::layer().map_event_format(ExecutionFormat::new);
//! let subscriber = tracing_subscriber::registry()
//!     .with(console)
//!     .with(ReplayFilter::global())
//!     .with(EnvFilter::new("info"));
//! # drop(subscriber);
//! ```
//!
//! Other layers read [`execution::current`](crate::execution::current).
//!
//! # Which lines come twice, and which are lost
//!
//! - A line of a task that the server accepted never comes again: not by replay, eviction,
//!   restart or another worker.
//! - A worker that is killed leaves at most one task of a run in flight. The server never
//!   accepted it, so the next worker executes it anew, live, and its lines come a second time if
//!   the first worker's writer had got them out. The same holds for a task that timed out, or that
//!   fails and is retried: a bug that fails a task at every attempt repeats that task's lines at
//!   every attempt. This is no replay, and a replay filter can't know: only the server's answer,
//!   which comes after the line, tells whether the task counted.
//! - Lines that sat in a writer's buffer when the process was killed are lost. If their task had
//!   been accepted they never return, since replay suppresses them. A writer that is flushed at
//!   each line narrows that gap to the line being written, at the price of I/O in the task.
//! - In short: a line of an accepted task comes at most once, and no line is promised to outlive
//!   its process.
//!
//! # Spans of yours
//!
//! A `tracing` span that workflow code opens while it is being replayed is disabled. Live events
//! inside it come out and keep the execution's ids, but lack that span's fields.
//!
//! # A subscriber of your own can hurt a task
//!
//! `tracing` calls layers inside of the code that logs. A layer that panics fails the workflow
//! task, one that blocks holds up every workflow on the thread. [`Shield`] catches the former, a
//! non-blocking writer prevents the latter; `install` uses both.
//!
//! # Replay
//!
//! Live events and those of queries and update validators come out; replayed ones and those of
//! an evicted workflow's destructors do not. [`Policy::Show`](crate::execution::Policy) lets
//! replayed lines through, marked `replaying = true`.
//!
//! # Cost
//!
//! A suppressed event costs no allocation: at most 3 ns over a disabled one through our macros,
//! 15 ns through the global filter, 25 ns through a per-layer one (benchmark `gate`). A written
//! line is formatted into a reused buffer, and the ids, rendered once a run, are appended.

mod builder;
mod callsites;
mod exporters;
mod filter;
mod format;
mod health;
mod hide;
mod install;
mod log_format;
mod macros;
mod shield;
mod sinks;
mod splice;
mod suffix;
mod writer;

pub(crate) use self::{
    builder::LogsError,
    install::Lines,
    sinks::{BoxedLayer, Sinks},
};
pub use self::{
    builder::{InvalidLogFilter, LogFileError, LogsBuilder},
    filter::{GlobalReplayFilter, ReplayFilter},
    format::ExecutionFormat,
    health::Losses,
    install::SubscriberAlreadySet,
    log_format::LogFormat,
    shield::{Caught, Shield},
    splice::{Layout, Splice},
};

#[doc(hidden)]
pub mod __macro_support {
    //! Not a stable interface: only the crate's own macros may use it.
    pub use tracing;

    pub use super::macros::admit;
}
