//! The filter that keeps the context span from one layer.

use tracing::{Metadata, subscriber::Interest};
use tracing_subscriber::{
    filter::Directive,
    layer::{Context, Filter},
};

use crate::execution::TARGET;

/// Returns a filter that keeps the context span from one layer, and lets all else through.
///
/// The [context span](super::LogsBuilder::context_span) is there to be read. A layer that exports spans, or
/// that prints them on lines that have the ids already, has no use for it:
///
/// ```
/// use chronoscope::logs::{ExecutionFormat, ReplayFilter, without_context};
/// use tracing_subscriber::{
///     Layer as _, filter::FilterExt as _, fmt, layer::SubscriberExt as _,
/// };
/// # fn exporter<S: tracing::Subscriber>() -> impl tracing_subscriber::Layer<S> {
/// #     tracing_subscriber::layer::Identity::new()
/// # }
///
/// let lines = fmt::layer().map_event_format(ExecutionFormat::new);
/// let subscriber = tracing_subscriber::registry()
///     .with(lines.with_filter(without_context()))
///     .with(exporter().with_filter(ReplayFilter::new().and(without_context())))
///     .with(ReplayFilter::global().with_spans());
/// # drop(subscriber);
/// ```
#[must_use]
pub fn without_context() -> WithoutContext {
    WithoutContext { _private: () }
}

/// Keeps the context span from one layer: made by [`without_context`].
#[derive(Clone, Debug)]
pub struct WithoutContext {
    _private: (),
}

/// Returns whether this is the context span.
pub(super) fn is_context(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == TARGET
}

/// Returns the directive that enables the context span whatever other directives say.
pub(super) fn directive() -> Option<Directive> {
    format!("{TARGET}=error").parse().ok()
}

impl<S> Filter<S> for WithoutContext {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        !is_context(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match is_context(metadata) {
            true => Interest::never(),
            false => Interest::always(),
        }
    }
}
