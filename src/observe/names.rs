//! A set of names seen so far, such as the process's namespaces.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The names seen so far.
#[derive(Default)]
pub(super) struct Names(Mutex<BTreeSet<String>>);

impl Names {
    /// Notes a name, and returns whether it is new.
    pub(super) fn note(&self, name: &str) -> bool {
        self.names().insert(name.to_owned())
    }

    /// Returns whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.names().is_empty()
    }

    /// Returns the name, if there is exactly one.
    pub(super) fn only(&self) -> Option<String> {
        let names = self.names();
        names.first().filter(|_| names.len() == 1).cloned()
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
