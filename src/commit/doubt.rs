//! A task of which nobody knows whether the server accepted it.

use super::{Marks, pending::Pending};

/// Asks the history of a run the fate of a task, and settles the doubt.
pub(crate) type Ask = Box<dyn FnOnce(Doubt) + Send>;

/// The signals of a task in doubt. Dropped, it settles itself as unknown.
pub(crate) struct Doubt(Option<Pending>);

impl Doubt {
    pub(super) fn new(pending: Pending) -> Self {
        Self(Some(pending))
    }

    /// Settles the doubt by what history says, if it says anything.
    pub(crate) fn settle(mut self, was_accepted: Option<bool>) {
        if let Some(pending) = self.0.take() {
            match was_accepted {
                Some(true) => pending.release(&Marks::None),
                Some(false) => pending.refuse(None),
                None => pending.release(&Marks::Unknown),
            }
        }
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if let Some(pending) = self.0.take() {
            pending.release(&Marks::Unknown);
        }
    }
}
