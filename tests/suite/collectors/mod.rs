//! Against a real OpenTelemetry Collector, as programs set it up.

mod arrives;
mod deltas;
mod unharmed;
