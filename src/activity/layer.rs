use std::fmt;

use tower::Layer;

use super::service::{Activity, Observing, join};
use crate::observe::{Observer, Part};

/// Observes activities from a place in a user's stack: a [`tower::Layer`].
///
/// An [`Observability`](crate::Observability) makes one for its logs, one for its metrics and one
/// for its traces. The [module](super) says what their order changes.
#[derive(Clone)]
pub struct ActivityLayer {
    observing: Observing,
}

impl ActivityLayer {
    pub(crate) fn new(observer: &Observer, part: Part) -> Self {
        Self {
            observing: Observing::new(observer, part),
        }
    }
}

impl<S: 'static> Layer<S> for ActivityLayer {
    type Service = Activity<S>;

    fn layer(&self, mut inner: S) -> Activity<S> {
        let joined = join(&mut inner, &self.observing);
        Activity::new(inner, (!joined).then(|| self.observing.clone()))
    }
}

impl fmt::Debug for ActivityLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityLayer")
            .field("observes", &self.observing.parts)
            .finish_non_exhaustive()
    }
}
