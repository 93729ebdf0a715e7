//! The filters that drop events which replay repeats, and hide what the SDK's events quote.

use std::sync::atomic::{AtomicU32, Ordering};

use tracing::{Event, Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{Context, Filter, Layer};

use super::{callsites::is_hidden_span, context::is_context, hide::hidden, noted::is_new};
use crate::{
    execution::{current_replay, hide},
    replay::{GatedSignal, Verdict, admit},
};

/// Drops events and spans that replay repeats, for one layer.
///
/// This is a per-layer [`Filter`]; for a whole subscriber use [`global`](Self::global). Each works
/// only in its own place, and a mix-up does not compile:
///
/// ```compile_fail
/// use tracing_subscriber::layer::SubscriberExt as _;
/// // A per-layer filter is not a layer.
/// tracing_subscriber::registry().with(chronoscope::logs::ReplayFilter::new());
/// ```
///
/// ```compile_fail
/// use chronoscope::logs::ReplayFilter;
/// use tracing_subscriber::{Layer as _, fmt, layer::SubscriberExt as _};
/// // The global filter is not a per-layer filter.
/// tracing_subscriber::registry().with(fmt::layer().with_filter(ReplayFilter::global()));
/// ```
///
/// ```
/// use chronoscope::logs::ReplayFilter;
/// use tracing_subscriber::{Layer as _, fmt, layer::SubscriberExt as _};
///
/// let one = tracing_subscriber::registry().with(fmt::layer().with_filter(ReplayFilter::new()));
/// let all = tracing_subscriber::registry().with(fmt::layer()).with(ReplayFilter::global());
/// # drop((one, all));
/// ```
#[derive(Debug)]
pub struct ReplayFilter {
    id: u32,
    spans: Spans,
}

impl ReplayFilter {
    /// Creates a filter for one layer.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            spans: Spans::Gated,
        }
    }

    /// Lets spans that are opened during replay pass, for a layer that only reads spans: live
    /// events in them then have their fields. By default such spans are disabled.
    ///
    /// A layer that exports spans would export these again at each replay.
    #[must_use]
    pub fn with_spans(mut self) -> Self {
        self.spans = Spans::Through;
        self
    }

    /// Creates a layer that filters for all layers of a subscriber, at a lower cost.
    #[must_use]
    pub fn global() -> GlobalReplayFilter {
        GlobalReplayFilter {
            spans: Spans::Gated,
        }
    }
}

impl Default for ReplayFilter {
    fn default() -> Self {
        Self::new()
    }
}

/// Drops events and spans that replay repeats, for every layer of a subscriber, and hides the payloads
/// that some events of the SDK quote: no layer inside sees them. Add it after the layers.
///
/// Made by [`ReplayFilter::global`]; a [`Layer`], not a per-layer filter.
#[derive(Debug)]
pub struct GlobalReplayFilter {
    spans: Spans,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Spans {
    Gated,
    Through,
}

impl GlobalReplayFilter {
    /// Lets spans that are opened during replay pass, for layers that only read spans, such as
    /// [`fmt`](mod@tracing_subscriber::fmt)'s, and for
    /// [`Observability::tracing_layer`](crate::Observability::tracing_layer): live events in them
    /// then have their fields. By default such spans are disabled.
    ///
    /// Any other layer that exports spans needs a [`ReplayFilter::new`] of its own: it then sees no
    /// span that replay opens.
    ///
    /// ```
    /// use chronoscope::logs::{ExecutionFormat, ReplayFilter};
    /// use tracing_subscriber::{Layer as _, fmt, layer::SubscriberExt as _};
    /// # fn exporter<S: tracing::Subscriber>() -> impl tracing_subscriber::Layer<S> {
    /// #     tracing_subscriber::layer::Identity::new()
    /// # }
    ///
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(fmt::layer().map_event_format(ExecutionFormat::new))
    ///     .with(exporter().with_filter(ReplayFilter::new()))
    ///     .with(ReplayFilter::global().with_spans());
    /// # drop(subscriber);
    /// ```
    #[must_use]
    pub fn with_spans(mut self) -> Self {
        self.spans = Spans::Through;
        self
    }
}

/// Decides on an event or a span. `id` identifies the filter among those that see the same event.
#[inline]
fn enabled(metadata: &Metadata<'_>, id: u32, spans: Spans) -> bool {
    if metadata.is_event() {
        let admitted = admit(GatedSignal::Log, current_replay()) != Verdict::Drop;
        if !admitted && !is_asked_before(metadata) {
            hide(id);
        }
        return admitted;
    }
    let gated = || admit(GatedSignal::SpanOpen, current_replay()) != Verdict::Drop;
    // One execution has one context span, made when it is first loaded: by replay if need be.
    !is_hidden_span(metadata) && (spans == Spans::Through || is_context(metadata) || gated())
}

/// Returns whether this is a record of the crate `log`. `tracing-log` asks about those twice: first
/// by level and target alone.
fn is_asked_before(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "log record" && metadata.file().is_some()
}

/// The replay state changes from poll to poll, and interest is cached: it may only be `never` if no
/// state can change that.
fn interest(metadata: &Metadata<'_>) -> Interest {
    if is_hidden_span(metadata) {
        Interest::never()
    } else {
        Interest::sometimes()
    }
}

impl<S> Filter<S> for ReplayFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        enabled(metadata, self.id, self.spans)
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        is_new(event, self.id)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        interest(metadata)
    }
}

impl<S: Subscriber> Layer<S> for GlobalReplayFilter {
    /// Replaces an event of the SDK that prints what may be a payload.
    fn event_enabled(&self, event: &Event<'_>, context: Context<'_, S>) -> bool {
        is_new(event, 0) && !hidden(event, |event| context.event(event))
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        enabled(metadata, 0, self.spans)
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        interest(metadata)
    }
}
