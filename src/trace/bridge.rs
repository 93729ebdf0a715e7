//! The `tracing` layer that turns an application's spans into OpenTelemetry's.

use opentelemetry::{Context, trace::TracerProvider as _};
use tracing::{Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::{Layer, filter::DynFilterFn, registry::LookupSpan};

use super::TracerProvider;
use crate::{
    execution::{Phase, with_current},
    schema::OperationKind,
};

/// The crates of the SDK and its core.
const SDK: &str = "temporalio_";

/// This crate.
const OWN: &str = env!("CARGO_CRATE_NAME");

/// The suffixes, after `opentelemetry`, of the crates that make and send spans.
const OPENTELEMETRY: [&str; 4] = ["http", "otlp", "proto", "sdk"];

/// Turns the `tracing` spans of an application and its libraries into OpenTelemetry's.
///
/// The SDK's own spans are left out: chronoscope's have the same content, and some of the core's
/// print payloads. So are the threads and busy times that `tracing-opentelemetry` would add, since
/// no replay could reproduce them.
pub(crate) fn layer<S>(provider: &TracerProvider) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + Send + Sync + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(
            DynFilterFn::new(|metadata, _| is_wanted(metadata)).with_callsite_filter(interest),
        )
}

/// The exporters' own spans are not exported: each export would cause another.
fn is_wanted(metadata: &Metadata<'_>) -> bool {
    is_the_applications(metadata)
        && !Context::is_current_telemetry_suppressed()
        && !(metadata.is_event() && is_replayable())
}

fn interest(metadata: &'static Metadata<'static>) -> Interest {
    match is_the_applications(metadata) {
        true => Interest::sometimes(),
        false => Interest::never(),
    }
}

fn is_the_applications(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let root = target.split_once("::").map_or(target, |(root, _)| root);
    !root.starts_with(SDK) && root != OWN && !is_of_opentelemetry(root)
}

/// Returns whether this is one of the crates that make and send spans; an application's own crate
/// may have a similar name. In their own logs these crates use their package names.
fn is_of_opentelemetry(root: &str) -> bool {
    match root.strip_prefix("opentelemetry") {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix(['_', '-'])
            .is_some_and(|rest| OPENTELEMETRY.contains(&rest)),
        None => false,
    }
}

/// Returns whether a replay will execute this code again.
fn is_replayable() -> bool {
    with_current(|now| {
        now.kind() == OperationKind::Workflow && now.replay().phase != Phase::ReadOnly
    }) == Some(true)
}
