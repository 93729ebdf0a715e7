//! A set of names seen so far, such as the process's namespaces.

use std::collections::BTreeSet;

use parking_lot::Mutex;

/// The names seen so far.
#[derive(Default)]
pub(super) struct Names(Mutex<BTreeSet<String>>);

impl Names {
    /// Notes a name, and returns whether it is new.
    pub(super) fn note(&self, name: &str) -> bool {
        self.0.lock().insert(name.to_owned())
    }

    /// Returns whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Returns the name, if there is exactly one.
    pub(super) fn only(&self) -> Option<String> {
        let names = self.0.lock();
        names.first().filter(|_| names.len() == 1).cloned()
    }
}
