//! The hook that users get when an operation ends.

use crate::{execution::Execution, schema::Outcome};

/// A hook that is called when an operation ends.
///
/// `()` does nothing; closures work. The [module](super) says when it fires.
pub trait OnEnd: Send + Sync + 'static {
    /// Called inside the execution, at the poll in which it ends live.
    fn on_end(&self, execution: &Execution, outcome: &Outcome);
}

impl OnEnd for () {
    #[inline]
    fn on_end(&self, _: &Execution, _: &Outcome) {}
}

impl<F: Fn(&Execution, &Outcome) + Send + Sync + 'static> OnEnd for F {
    fn on_end(&self, execution: &Execution, outcome: &Outcome) {
        self(execution, outcome);
    }
}
