//! A recorder over an OpenTelemetry meter, for a collector and for users' own providers.

mod family;
mod names;
mod recorder;
mod units;

#[cfg(feature = "otlp")]
pub(super) use self::recorder::Binding;
pub(in crate::metrics) use self::recorder::OtelRecorder;
