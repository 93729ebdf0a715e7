//! Client calls: starting, signalling, querying, updating, schedules and the rest.
//!
//! # Replay
//!
//! Workflow code makes no client calls, so these are always live.
//!
//! # Cost
//!
//! One allocation per field and two per call, compared with a network round trip.

mod classify;
mod codec;
mod interceptor;

pub use self::codec::MeasuredCodec;
pub(crate) use self::interceptor::ObserveClient;
