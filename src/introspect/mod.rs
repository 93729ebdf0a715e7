//! "What is this worker doing right now?", answered without logs: a read-only gRPC service in the
//! worker's process.
//!
//! [`Builder::introspect`](crate::Builder::introspect) sets it up. It answers
//! `chronoscope.introspect.v1` ([`v1`], described in `proto/`), with gRPC health and reflection
//! beside it, so that `grpcurl` and clients in any language need nothing else:
//!
//! | call | what |
//! |---|---|
//! | `ListWorkers` | the workers that run, with their slots, pollers and cache |
//! | `ListRuns` | the runs that they know, what each does, and how its last task ended |
//! | `ListActivities` | the attempts of activities that execute, each with its age |
//! | `ListEvents` | what went wrong of late: failures, evictions, replays |
//! | `GetHealth` | what was lost or folded on the way to logs, metrics and traces |
//!
//! Each comes as a stream, too (`WatchWorkers` and so on), that ticks once a second. Lists have
//! filters and pages.
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
//! Whoever reaches the port, so it is one of the loopback interface by default. Elsewhere it takes a
//! [token](IntrospectBuilder::token) or [certificates of clients](IntrospectBuilder::client_ca);
//! without either it is refused. Nothing can be changed through it, and no payload comes out: ids,
//! types, times, and the messages of failed tasks, which are left out where
//! [`TracesBuilder::failure_messages`](crate::trace::TracesBuilder::failure_messages) hides those of spans.
//!
//! # What is seen
//!
//! What the adapters of this process see. Slots and pollers are read from the core's meter, so the
//! runtime is made of [`Observability::runtime_options`](crate::Observability::runtime_options), even
//! where no metrics are set up. Runs
//! are known as this process saw them, tasks as they were handed to the core: whether the server
//! accepted them, the server alone knows. Heartbeats are those of
//! [`record_heartbeat`](crate::record_heartbeat).
//!
//! # Replay
//!
//! A run that is being brought back is shown as replaying, one whose task fails as stuck, and a stuck
//! one that replays as both. Nothing here is called from workflow code.
//!
//! # Cost
//!
//! Where it is not set up, one look at a flag a task and attempt. With it, an entry in a map for
//! each, and a place in a bounded queue for each event: when that is full, the oldest make room, and
//! an event that finds none all the same is dropped and counted before it is made. Readers never make
//! a worker wait: lists are read in parts, on a thread of their own, and a reader that is slow misses
//! ticks and events, and is told how many.

mod builder;
mod connections;
mod error;
mod guard;
mod page;
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

    /// The descriptors of the service and of all that it names, for reflection.
    pub const DESCRIPTORS: &[u8] =
        include_bytes!("../../proto/generated/chronoscope.introspect.v1.bin");
}

pub(crate) use self::server::{Bound, Serving};
pub use self::{builder::IntrospectBuilder, error::ServeError};
