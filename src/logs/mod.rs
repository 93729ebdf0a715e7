//! Replay-safe `tracing`: each event of a workflow is emitted once, with the workflow's ids.
//!
//! There are three parts, each useful by itself:
//!
//! - [`ReplayFilter`] drops events that replay repeats, from any `tracing` macro, in workflow code
//!   and in the libraries that it calls. It also hides from the layers the SDK's own `RunWorkflow`
//!   and `RunActivity` spans, which are opened again at each replay, and spans that print payloads.
//! - [`ExecutionFormat`] wraps a format of [`fmt`](mod@tracing_subscriber::fmt) and adds the ids of
//!   the current execution to every line, as flat fields.
//! - [`trace!`](crate::trace!), [`debug!`](crate::debug!), [`info!`](crate::info!),
//!   [`warn!`](crate::warn!) and [`error!`](crate::error!) have exactly `tracing`'s syntax and are
//!   gated even if a subscriber has no filter.
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
//! Layers of your own read [`execution::current`](crate::execution::current); layers of other people
//! get the ids by the [context span](LogsBuilder::context_span), and the
//! [guide](crate::guide::other_layers) says what each makes of it.
//!
//! `LogsBuilder::otlp` also sends the events to OpenTelemetry collectors, as log records with the
//! same ids, under the names that spans have.
//!
//! # Which lines are repeated, and which are lost
//!
//! A line of an accepted task is written at most once, and no line is guaranteed to survive its
//! process. A task that the server did not accept runs again, live. The guide has
//! [the cases](crate::guide::logs#what-can-repeat-and-what-can-be-lost), and
//! [`Emission::OnCommit`](crate::commit::Emission::OnCommit) waits for the server's response.
//!
//! # Your own spans
//!
//! A `tracing` span that workflow code opens while it is being replayed is disabled, unless the
//! filter says [`with_spans`](GlobalReplayFilter::with_spans), as that of `install` does: live
//! events inside it have its fields then. Otherwise they have the execution's ids, but lack them.
//!
//! # Your own subscriber can fail a task
//!
//! `tracing` calls layers inside the code that logs. A layer that panics fails the workflow task,
//! and one that blocks holds up every workflow on the thread. [`Shield`] catches the former, and a
//! non-blocking writer prevents the latter; `install` uses both.
//!
//! # Replay
//!
//! Live events and those of queries and update validators are emitted; replayed ones and those of
//! an evicted workflow's destructors are not. [`Policy::Show`](crate::execution::Policy) emits
//! replayed lines, marked `replaying = true`.
//!
//! # Cost
//!
//! A suppressed event costs no allocation: at most 3 ns more than a disabled one through
//! chronoscope's macros, 15 ns through the global filter, 25 ns through a per-layer one (benchmark
//! `gate`), also if log records are sent. A written line is formatted into a reused buffer, and
//! the ids, rendered once per run, are appended. A log record shares the texts of its ids
//! (benchmark `log_records`).

mod account;
mod added;
mod builder;
mod callsites;
mod context;
mod error;
mod exporters;
mod filter;
mod flat;
mod format;
mod health;
mod held;
mod hide;
mod install;
mod log_format;
mod macros;
mod noted;
#[cfg(feature = "otlp")]
mod otlp;
mod rotated;
mod shield;
mod sinks;
mod splice;
mod suffix;
mod writer;
mod written;

#[cfg(feature = "otlp")]
pub(crate) use self::otlp::Records;
#[cfg(feature = "testing")]
pub(crate) use self::{added::added_now, suffix::is_place};
pub use self::{
    builder::LogsBuilder,
    context::{WithoutContext, without_context},
    error::{InvalidLogFilter, LogFileError},
    filter::{GlobalReplayFilter, ReplayFilter},
    format::ExecutionFormat,
    health::{Losses, RecordCounts},
    held::{Held, HeldWriter},
    install::SubscriberAlreadySet,
    log_format::{Console, LogFormat},
    shield::{Caught, Shield},
    splice::{Layout, Splice},
};
pub(crate) use self::{
    error::LogsError,
    install::Lines,
    sinks::{BoxedLayer, Sinks},
};

#[doc(hidden)]
pub mod __macro_support {
    //! Not a stable interface: only the crate's own macros may use it.
    pub use tracing;

    pub use super::macros::admit;
}
