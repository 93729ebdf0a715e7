//! Log records for an OpenTelemetry collector.
//!
//! One way: the gate, the bridge from `tracing` ([`layer`]) that fills in a record ([`draft`]), the
//! processor that adds ids ([`enrich`]), a bounded queue ([`batch`]), and an exporter that accounts
//! for each record ([`exporter`]). What waits until its workflow task is accepted
//! waits in the processor ([`held`]).

mod batch;
mod draft;
mod enrich;
mod exporter;
mod held;
mod layer;
mod opened;
mod record;
mod records;

pub(crate) use self::{opened::Opened, records::Records};
