//! Where metrics go: an endpoint that Prometheus scrapes, an OpenTelemetry collector, or both.
//!
//! [`MetricsBuilder::prometheus`](super::MetricsBuilder::prometheus) and
//! [`MetricsBuilder::otlp`](super::MetricsBuilder::otlp) set these up. Each gets everything: the
//! core's metrics, chronoscope's, and those of users' own macros.
//!
//! ```
//! # #[cfg(all(feature = "prometheus", feature = "otlp"))] {
//! use std::time::Duration;
//!
//! use chronoscope::{Observability, export::Collector, metrics::export::Otlp};
//!
//! let builder = Observability::builder().metrics(|metrics| {
//!     metrics
//!         .prometheus(([0, 0, 0, 0], 9464))
//!         .otlp(Otlp::to(Collector::at("http://localhost:4317")).interval(Duration::from_secs(10)))
//! });
//! # drop(builder);
//! # }
//! ```
//!
//! Exporters run on a separate thread with its own runtime. Rendering ten thousand series there, or
//! waiting for a collector that is down, does not block a worker.
//!
//! # Replay
//!
//! Recordings that reach an exporter have passed the gate.
//!
//! # Cost
//!
//! A counter or gauge is one atomic. A histogram's recording is a push into a lock-free buffer
//! (Prometheus) or a bound instrument's (OTLP).

mod buckets;
mod exports;
mod otel;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "prometheus")]
mod page;
#[cfg(feature = "prometheus")]
mod parts;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(feature = "prometheus")]
mod served;

pub(crate) use self::exports::Exports;
pub(super) use self::otel::OtelRecorder;
#[cfg(feature = "otlp")]
pub use self::otlp::{Otlp, Temporality};
#[cfg(feature = "prometheus")]
pub use self::prometheus::{Prometheus, PrometheusError};
#[cfg(feature = "prometheus")]
pub(crate) use self::served::Served;
