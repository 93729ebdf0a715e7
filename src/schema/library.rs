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

/// The crates of the SDK: an application's own crate may have the same prefix, such as
/// `temporalio_orders`.
const OF_TEMPORAL: [&str; 8] = [
    "temporalio_client",
    "temporalio_common",
    "temporalio_common_wasm",
    "temporalio_macros",
    "temporalio_protos",
    "temporalio_sdk",
    "temporalio_sdk_core",
    "temporalio_workflow",
];

/// The crates of OpenTelemetry, whose own events have its packages' names as targets.
const OF_OPENTELEMETRY: [&str; 9] = [
    "opentelemetry",
    "opentelemetry-http",
    "opentelemetry-otlp",
    "opentelemetry-proto",
    "opentelemetry_http",
    "opentelemetry_otlp",
    "opentelemetry_proto",
    "opentelemetry-sdk",
    "opentelemetry_sdk",
];

impl Library {
    /// Returns the library that an event's or span's target is of.
    ///
    /// Asked for each event, and for each span that the core opens while it replays, so an
    /// application's target is told by its first letters.
    #[inline]
    pub(crate) fn of(target: &str) -> Option<Self> {
        let is_among = |crates: &[&str]| {
            let root = target.split(':').next().unwrap_or(target);
            crates.contains(&root)
        };
        if target.starts_with("temporalio_") {
            is_among(&OF_TEMPORAL).then_some(Self::TemporalSdk)
        } else if target.starts_with("opentelemetry") {
            is_among(&OF_OPENTELEMETRY).then_some(Self::OpenTelemetry)
        } else if target.starts_with(env!("CARGO_CRATE_NAME")) {
            is_among(&[env!("CARGO_CRATE_NAME")]).then_some(Self::Own)
        } else {
            None
        }
    }
}
