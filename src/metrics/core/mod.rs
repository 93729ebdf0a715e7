//! The SDK core's own metrics, on the [`metrics`] facade.
//!
//! [`FacadeMeter`] implements the SDK's `CoreMeter` over any recorder, so that the core's metrics
//! (pollers, slots, latencies, the sticky cache, gRPC requests) are exported with users' own
//! metrics. [`Builder::metrics`](crate::Builder::metrics) sets it up, and two sets of options pass
//! it to the SDK: the runtime's, and the connection's. A worker for which either is missing warns
//! when it starts.
//!
//! ```
//! use chronoscope::Observability;
//! use metrics::NoopRecorder;
//! use temporalio_client::{Connection, ConnectionOptions, Url};
//! use temporalio_sdk::Runtime;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = chronoscope_testserver::TestServer::builder().start().await;
//! # let address = server.listen(([127, 0, 0, 1], 0).into()).await?;
//! // `NoopRecorder` stands for your exporter's recorder, in an `Arc` if you share it.
//! let observability = Observability::builder()
//!     .metrics(|m| m.recorder(NoopRecorder))
//!     .build()?;
//! let runtime = Runtime::from_current_tokio(observability.runtime_options())?;
//! let options = ConnectionOptions::new(Url::parse(&format!("http://{address}"))?).build();
//! let connection = Connection::connect(observability.wrap(options)).await?;
//! # let _ = (runtime, connection);
//! # Ok(())
//! # }
//! ```
//!
//! # Names
//!
//! [`Naming::Prometheus`](crate::schema::Naming::Prometheus) follows that system's conventions:
//! counters end in `_total`, durations are seconds and end in `_seconds`.
//! [`Naming::Core`](crate::schema::Naming::Core) keeps the core's plain names and its milliseconds,
//! for existing boards.
//!
//! # Replay
//!
//! The core measures the worker, not workflow code, so none of it is replayed.
//!
//! # Cost
//!
//! The core extends label sets and binds instruments anew at each task and call. Both are cached,
//! up to a limit that no worker reaches; a recording through a bound instrument costs as much as
//! the bare facade's.

#[cfg_attr(
    not(feature = "introspect"),
    allow(dead_code, reason = "nobody reads it")
)]
mod gauges;
mod instrument;
mod label_set;
mod meter;

#[cfg(feature = "introspect")]
pub(crate) use self::gauges::Reading;
pub(crate) use self::gauges::{GaugeTable, ReadBy};
pub use self::meter::FacadeMeter;
