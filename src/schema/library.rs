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
/// `temporalio_orders`.
const CRATES: [(&str, Library); 14] = [
    ("temporalio_client", Library::TemporalSdk),
    ("temporalio_common", Library::TemporalSdk),
    ("temporalio_common_wasm", Library::TemporalSdk),
    ("temporalio_macros", Library::TemporalSdk),
    ("temporalio_protos", Library::TemporalSdk),
    ("temporalio_sdk", Library::TemporalSdk),
    ("temporalio_sdk_core", Library::TemporalSdk),
    ("temporalio_workflow", Library::TemporalSdk),
    ("opentelemetry", Library::OpenTelemetry),
    ("opentelemetry_http", Library::OpenTelemetry),
    ("opentelemetry_otlp", Library::OpenTelemetry),
    ("opentelemetry_proto", Library::OpenTelemetry),
    ("opentelemetry_sdk", Library::OpenTelemetry),
    (env!("CARGO_CRATE_NAME"), Library::Own),
];

impl Library {
    /// Returns the library that an event's or span's target is of.
    ///
    /// OpenTelemetry's own events have its package names as targets, with dashes.
    pub(crate) fn of(target: &str) -> Option<Self> {
        let root = target.split_once("::").map_or(target, |(root, _)| root);
        let same = |name: &str| {
            name.len() == root.len()
                && name
                    .bytes()
                    .zip(root.bytes())
                    .all(|(name, root)| name == root || (name, root) == (b'_', b'-'))
        };
        let mut crates = CRATES.iter();
        crates.find_map(|(name, library)| same(name).then_some(*library))
    }
}
