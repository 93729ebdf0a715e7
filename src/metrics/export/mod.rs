//! Where metrics go: an endpoint that Prometheus scrapes, an OpenTelemetry collector, or both.
//!
//! [`MetricsBuilder::prometheus`](super::MetricsBuilder::prometheus) and
//! [`MetricsBuilder::otlp`](super::MetricsBuilder::otlp) set these up. Everything goes to each:
//! the core's metrics, ours, and those of users' own macros.
//!
//! Exporters run on a thread of their own with a runtime of its own. Rendering ten thousand series
//! there, or waiting for a collector that is down, stalls no worker.
//!
//! # Replay
//!
//! What reaches an exporter has passed the gate.
//!
//! # Cost
//!
//! A counter or gauge is one atomic. A histogram's recording is a push into a lock-free buffer
//! (Prometheus) or a bound instrument's (OTLP).

#[cfg(any(feature = "prometheus", feature = "otlp"))]
mod buckets;
mod exports;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(feature = "prometheus")]
mod served;

pub(crate) use self::exports::Exports;
#[cfg(feature = "otlp")]
pub use self::otlp::{Otlp, Temporality};
#[cfg(feature = "prometheus")]
pub use self::prometheus::{Prometheus, PrometheusError};
#[cfg(feature = "prometheus")]
pub(crate) use self::served::Served;
