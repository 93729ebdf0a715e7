//! The export of spans to an OpenTelemetry collector: a bounded queue, a thread that empties it,
//! and an account of each span.

mod batch;
mod counted;
mod exporter;

pub(super) use self::{batch::Batch, exporter::Exporter};
