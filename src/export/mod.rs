//! The parts that exporters of all signals share: where and how they send, their thread, and their
//! warnings about failures.
//!
//! ```
//! # #[cfg(feature = "otlp")] {
//! use chronoscope::export::{Collector, Compression};
//!
//! // The same for each signal that it is given to.
//! let collector = Collector::at("https://otlp.example.com:4317")
//!     .header("api-key", "a secret")
//!     .compression(Compression::Gzip);
//! assert!(!format!("{collector:?}").contains("secret"));
//! # }
//! ```
//!
//! # Replay
//!
//! Telemetry that reaches an exporter has passed the gate.
//!
//! # Cost
//!
//! None of this runs on a worker's threads.

mod at_once;
#[cfg(feature = "otlp")]
mod batching;
#[cfg(feature = "otlp")]
mod client;
#[cfg(feature = "otlp")]
mod collector;
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "nothing is sent"))]
mod deliveries;
#[cfg_attr(
    not(feature = "otlp"),
    allow(dead_code, reason = "only Prometheus asks, if anything does")
)]
mod destinations;
mod ended;
#[cfg(feature = "otlp")]
mod endpoint;
#[cfg(feature = "otlp")]
mod error;
#[cfg(feature = "otlp")]
mod headers;
#[cfg(any(feature = "prometheus", feature = "introspect"))]
pub(crate) mod listener;
#[cfg(feature = "otlp")]
mod protocol;
#[cfg(feature = "otlp")]
mod resolve;
#[cfg(feature = "otlp")]
mod resource;
#[cfg(feature = "otlp")]
mod sending;
#[cfg(feature = "otlp")]
mod settings;
#[cfg(feature = "otlp")]
mod streak;
#[cfg_attr(
    not(any(feature = "prometheus", feature = "otlp", feature = "introspect")),
    allow(dead_code, reason = "nothing is exported")
)]
mod thread;
#[cfg(feature = "otlp")]
mod tls;
#[cfg(feature = "otlp")]
mod vain;
mod variables;
#[cfg(feature = "otlp")]
mod way_out;

#[cfg(all(feature = "logs", feature = "otlp"))]
pub(crate) use self::batching::OF_LOG_RECORDS;
#[cfg(any(feature = "prometheus", feature = "otlp"))]
pub(crate) use self::destinations::Destinations;
#[cfg(feature = "otlp")]
pub(crate) use self::vain::warn as warn_of_vain_variables;
#[cfg(feature = "otlp")]
pub(crate) use self::variables::Interval;
#[cfg(feature = "logs")]
pub(crate) use self::variables::LOGS;
pub(crate) use self::{at_once::at_once, ended::warn_unless};
#[cfg(feature = "otlp")]
pub(crate) use self::{
    batching::{Batching, OF_SPANS},
    sending::Sending,
    settings::Settings,
};
#[cfg(feature = "otlp")]
pub use self::{
    collector::Collector,
    error::OtlpError,
    protocol::{Compression, Protocol},
};
pub(crate) use self::{
    deliveries::Deliveries,
    thread::{ExportThread, ExportThreads},
    variables::{Exporters, METRICS, TRACES},
};
