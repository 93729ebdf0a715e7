//! The libraries whose events and spans are not the application's.

/// A library whose events and spans are not the application's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// The SDK of Temporal, with its core.
    TemporalSdk,
    /// The crates that make and send spans.
    OpenTelemetry,
    /// This crate.
    Own,
}

/// The libraries by their crates: an application's own crate may have a similar prefix, for example
/// `temporalio_orders`. OpenTelemetry's own events have its packages' names as targets.
const CRATES: [(&str, Library); 18] = [
    ("temporalio_client", Library::TemporalSdk),
    ("temporalio_common", Library::TemporalSdk),
    ("temporalio_common_wasm", Library::TemporalSdk),
    ("temporalio_macros", Library::TemporalSdk),
    ("temporalio_protos", Library::TemporalSdk),
    ("temporalio_sdk", Library::TemporalSdk),
    ("temporalio_sdk_core", Library::TemporalSdk),
    ("temporalio_workflow", Library::TemporalSdk),
    ("opentelemetry", Library::OpenTelemetry),
    ("opentelemetry-http", Library::OpenTelemetry),
    ("opentelemetry-otlp", Library::OpenTelemetry),
    ("opentelemetry-proto", Library::OpenTelemetry),
    ("opentelemetry_http", Library::OpenTelemetry),
    ("opentelemetry_otlp", Library::OpenTelemetry),
    ("opentelemetry_proto", Library::OpenTelemetry),
    ("opentelemetry-sdk", Library::OpenTelemetry),
    ("opentelemetry_sdk", Library::OpenTelemetry),
    (env!("CARGO_CRATE_NAME"), Library::Own),
];

impl Library {
    /// Returns the library that an event's or span's target is of.
    pub(crate) fn of(target: &str) -> Option<Self> {
        // Asked for each span that the core opens while it replays.
        let root = target.split(':').next().unwrap_or(target);
        let mut crates = CRATES.iter();
        crates.find_map(|(name, library)| (*name == root).then_some(*library))
    }
}
