//! OpenTelemetry's instruments, behind the gate.

mod attributes;
mod instrument;
mod provider;

pub use self::provider::MeterProvider;
