//! Log records for an OpenTelemetry collector.
//!
//! One way: the gate, the [bridge](layer) from `tracing`, the [processor](enrich) that adds ids, a
//! bounded [queue](batch), and an [exporter](exporter) that accounts for each record. What will wait
//! until its workflow task is accepted waits in the processor.

mod batch;
mod collectors;
mod enrich;
mod exporter;
mod layer;
mod record;
mod records;

pub(super) use self::collectors::Collectors;
pub(crate) use self::{collectors::Opened, records::Records};
