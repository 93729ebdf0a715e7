//! The Tower layer that observes activities in a user's stack.

use std::fmt;

use tower::Layer;

use super::service::Activity;
use crate::observe::{Observer, Signal};

/// Observes activities from a place in a user's stack: a [`tower::Layer`].
///
/// [`Observability::activity`](crate::Observability::activity) makes one for all signals,
/// [`only`](Self::only) one for some. The [module](super) says what their order changes.
///
/// ```
/// use chronoscope::{Observability, activity::Stack, observe::Signal};
/// use tower::ServiceBuilder;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder().build()?;
/// let layers = ServiceBuilder::new()
///     .layer(observability.activity().only([Signal::Metrics])) // with the time in the queue
///     .concurrency_limit(10)
///     .layer(observability.activity().only([Signal::Logs, Signal::Traces])) // without
///     .into_inner();
/// let stack = Stack::new(layers);
/// # let _ = stack;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ActivityLayer {
    observer: Observer,
}

impl ActivityLayer {
    pub(crate) fn new(observer: Observer) -> Self {
        Self { observer }
    }

    /// Returns a layer that makes only these signals, as far as they have somewhere to go.
    #[must_use]
    pub fn only(&self, signals: impl IntoIterator<Item = Signal>) -> Self {
        Self {
            observer: self.observer.only(signals.into_iter().collect()),
        }
    }
}

impl<S> Layer<S> for ActivityLayer {
    type Service = Activity<S>;

    fn layer(&self, inner: S) -> Activity<S> {
        Activity::new(inner, self.observer.clone())
    }
}

impl fmt::Debug for ActivityLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityLayer")
            .field("observes", &self.observer.signals())
            .finish_non_exhaustive()
    }
}
