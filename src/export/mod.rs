//! What exporters of all signals share: where they send to, the thread that they run on, and what
//! they say when nobody answers.
//!
//! # Replay
//!
//! What reaches an exporter has passed the gate.
//!
//! # Cost
//!
//! None of this runs on a worker's threads.

mod at_once;
#[cfg(feature = "otlp")]
mod collector;
#[cfg(any(feature = "prometheus", feature = "introspect"))]
pub(crate) mod listener;
#[cfg(feature = "otlp")]
mod streak;
#[cfg_attr(
    not(any(feature = "prometheus", feature = "otlp", feature = "introspect")),
    allow(dead_code, reason = "nothing is exported")
)]
mod thread;
mod variables;

pub(crate) use self::at_once::at_once;
#[cfg(feature = "otlp")]
pub use self::collector::{Collector, OtlpError, Protocol};
#[cfg(feature = "otlp")]
pub(crate) use self::streak::Streak;
pub(crate) use self::thread::{ExportThread, ExportThreads};
#[cfg(not(feature = "prometheus"))]
pub(crate) use self::variables::NotCompiled;
pub(crate) use self::variables::{Exporters, METRICS, TRACES};
