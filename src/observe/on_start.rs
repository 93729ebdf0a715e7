//! The hook that users get when an operation starts.

use crate::execution::Execution;

/// A hook that is called when an operation starts.
///
/// `()` does nothing; closures work. The [module](super) says when it fires.
pub trait OnStart: Send + Sync + 'static {
    /// Called inside the execution, at its first live poll.
    fn on_start(&self, execution: &Execution);
}

impl OnStart for () {
    #[inline]
    fn on_start(&self, _: &Execution) {}
}

impl<F: Fn(&Execution) + Send + Sync + 'static> OnStart for F {
    fn on_start(&self, execution: &Execution) {
        self(execution);
    }
}
