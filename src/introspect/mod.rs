//! Answers "What is this worker doing right now?" without logs: a read-only gRPC service in the
//! worker's process.
//!
//! [`Builder::introspect`](crate::Builder::introspect) sets it up. It serves
//! `chronoscope.introspect.v1` ([`v1`], described in `proto/`) with gRPC health and reflection, so
//! that `grpcurl` and clients in any language need nothing else:
//!
//! | call | result |
//! |---|---|
//! | `ListWorkers` | the running workers, with their slots, pollers and cache |
//! | `ListRuns` | their runs, what each is doing or waits for, and how its last task ended |
//! | `ListActivities` | the executing activity attempts, each with its age |
//! | `ListPendingActivities` | why an activity of a run is not running, according to the server |
//! | `ListEvents` | recent events: failures, evictions, replays |
//! | `GetHealth` | the losses and folds of logs, metrics and traces |
//!
//! Each but `ListPendingActivities` also has a stream (`WatchWorkers` and so on) with one message per
//! second by default. Lists have filters and pages.
//!
//! ```
//! use chronoscope::Observability;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let observability = Observability::builder()
//!     .introspect(|i| i.listen(([127, 0, 0, 1], 0)))
//!     .build()?;
//! let address = observability.introspect_address();
//! assert!(address.is_some_and(|address| address.ip().is_loopback()));
//! // It serves until then.
//! observability.shutdown();
//! # Ok(())
//! # }
//! ```
//!
//! # Who may read
//!
//! Anybody who can reach the port, so by default it binds to the loopback interface. On any other
//! address it requires a [token](IntrospectBuilder::token) or [client
//! certificates](IntrospectBuilder::client_ca), and refuses to start without one. The service is
//! read-only and never shows a payload: only ids, types, times, and the messages of failed tasks,
//! which are left out if
//! [`TracesBuilder::failure_messages`](crate::trace::TracesBuilder::failure_messages) hides those
//! of spans.
//!
//! # What it shows
//!
//! It shows what the wrapped clients and workers of this process see. Slots and pollers are read
//! from the core's meter, so create the runtime from
//! [`Observability::runtime_options`](crate::Observability::runtime_options), even without metrics.
//! Runs are shown as this process saw them, and tasks as they were handed to the core: only the
//! server knows whether it accepted them. Heartbeats are those of
//! [`record_heartbeat`](crate::record_heartbeat).
//!
//! # Replay
//!
//! A run that is being replayed is shown as replaying, one whose task fails as stuck, and a stuck
//! run that replays as both. Nothing here is called from workflow code.
//!
//! # Cost
//!
//! When it is off, one read of a flag per task and attempt. When it is on, one map entry each, and
//! a place in a bounded queue for each event: when that is full, the oldest events are removed, and
//! an event that still finds no room is dropped and counted before it is made. Slow or stalled
//! readers never block a worker: lists are read in parts on a separate thread, and a slow reader
//! misses ticks and events and is told how many.

mod asked;
mod builder;
mod connections;
mod error;
mod guard;
mod page;
mod routes;
mod server;
mod service;
mod ticks;
mod view;

/// The service's messages, its client and its server, generated from
/// `proto/chronoscope/introspect/v1/introspect.proto`.
#[allow(
    missing_docs,
    unreachable_pub,
    rustdoc::all,
    clippy::all,
    clippy::unwrap_used,
    reason = "generated"
)]
pub mod v1 {
    include!("../../proto/generated/chronoscope.introspect.v1.rs");

    /// The descriptors of the service and its messages, for reflection.
    pub const DESCRIPTORS: &[u8] =
        include_bytes!("../../proto/generated/chronoscope.introspect.v1.bin");
}

pub(crate) use self::server::{Bound, Serving};
pub use self::{builder::IntrospectBuilder, error::ServeError};
