//! Log records for an OpenTelemetry collector.
//!
//! One way: the gate, the bridge from `tracing` ([`layer`]) that fills in a record ([`draft`]), the
//! processor that adds ids ([`enrich`]), a bounded queue ([`batch`]), and an exporter that accounts
//! for each record ([`exporter`]). What will wait until its workflow task is accepted waits in the processor.

mod batch;
mod collectors;
mod draft;
mod enrich;
mod exporter;
mod layer;
mod record;
mod records;

pub(super) use self::collectors::Collectors;
pub(crate) use self::{collectors::Opened, records::Records};
