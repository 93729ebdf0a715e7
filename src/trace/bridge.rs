//! The `tracing` layer that turns an application's spans into OpenTelemetry's.

use opentelemetry::{Context, trace::TracerProvider as _};
use tracing::{Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::{Layer, filter::DynFilterFn, registry::LookupSpan};

use super::TracerProvider;
use crate::{
    execution::{Phase, with_current},
    schema::{Library, OperationKind},
};

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
    Library::of(metadata.target()).is_none()
}

/// Returns whether a replay will execute this code again.
fn is_replayable() -> bool {
    with_current(|now| {
        now.kind() == OperationKind::Workflow && now.replay().phase != Phase::ReadOnly
    }) == Some(true)
}
