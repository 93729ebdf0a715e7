//! The layer that catches the panics of the layer inside it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{Event, Metadata, Subscriber, span, subscriber::Interest};
use tracing_subscriber::layer::{Context, Layer};

/// A layer that catches the panics of the layer inside it, and counts them.
///
/// `tracing` calls layers from inside the code that logs: without a shield, a panic in one, or in
/// the `Debug` of a logged value, fails the workflow task or the activity.
///
/// Put per-layer filters outside, `Shield::new(layer).with_filter(filter)`: the layer inside must
/// have none, since `tracing-subscriber` could not see them there.
///
/// ```
/// use chronoscope::logs::Shield;
/// use tracing_subscriber::{fmt, layer::SubscriberExt as _};
///
/// let shield = Shield::new(fmt::layer());
/// let caught = shield.caught();
/// let subscriber = tracing_subscriber::registry().with(shield);
/// # drop(subscriber);
/// assert_eq!(caught.count(), 0);
/// ```
#[derive(Debug)]
pub struct Shield<L> {
    inner: L,
    caught: Caught,
}

/// Counts the panics that a [`Shield`] caught.
#[derive(Clone, Debug, Default)]
pub struct Caught(Arc<AtomicU64>);

impl Caught {
    /// Returns the number of caught panics.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<L> Shield<L> {
    /// Shields a layer.
    pub fn new(inner: L) -> Self {
        Self {
            inner,
            caught: Caught::default(),
        }
    }

    /// Returns the counter of caught panics.
    #[must_use]
    pub fn caught(&self) -> Caught {
        self.caught.clone()
    }

    /// Has panics be counted there.
    #[cfg(feature = "otlp")]
    pub(super) fn counted_by(self, caught: Caught) -> Self {
        Self { caught, ..self }
    }

    fn guard<T>(&self, fallback: T, call: impl FnOnce(&L) -> T) -> T {
        match catch_unwind(AssertUnwindSafe(|| call(&self.inner))) {
            Ok(value) => value,
            Err(_) => {
                self.caught.0.fetch_add(1, Ordering::Relaxed);
                fallback
            }
        }
    }
}

impl<S: Subscriber, L: Layer<S>> Layer<S> for Shield<L> {
    fn on_register_dispatch(&self, subscriber: &tracing::Dispatch) {
        self.guard((), |inner| inner.on_register_dispatch(subscriber));
    }

    fn on_layer(&mut self, subscriber: &mut S) {
        self.inner.on_layer(subscriber);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.guard(Interest::sometimes(), |inner| {
            inner.register_callsite(metadata)
        })
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        self.guard(true, |inner| inner.enabled(metadata, context))
    }

    fn event_enabled(&self, event: &Event<'_>, context: Context<'_, S>) -> bool {
        self.guard(true, |inner| inner.event_enabled(event, context))
    }

    fn on_new_span(&self, attrs: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_new_span(attrs, id, context));
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_record(id, values, context));
    }

    fn on_follows_from(&self, id: &span::Id, follows: &span::Id, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_follows_from(id, follows, context));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_event(event, context));
    }

    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_enter(id, context));
    }

    fn on_exit(&self, id: &span::Id, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_exit(id, context));
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_close(id, context));
    }

    fn on_id_change(&self, old: &span::Id, new: &span::Id, context: Context<'_, S>) {
        self.guard((), |inner| inner.on_id_change(old, new, context));
    }
}
