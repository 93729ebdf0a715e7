//! The mark of an observer on its executions, by which it recognises them.

use std::{any::Any, fmt, sync::Arc};

use super::with_current;

/// The mark of an observer on each of its executions.
#[derive(Clone)]
pub(crate) struct Mark(Arc<dyn Any + Send + Sync>);

impl Mark {
    pub(crate) fn new<T: Send + Sync + 'static>(mark: &Arc<T>) -> Self {
        Self(mark.clone())
    }

    /// Returns the mark of the current execution, if it has this type.
    pub(crate) fn current<T: Send + Sync + 'static>() -> Option<Arc<T>> {
        let mark = with_current(|now| now.info().get::<Self>().cloned()).flatten()?;
        mark.0.downcast().ok()
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mark").finish_non_exhaustive()
    }
}
