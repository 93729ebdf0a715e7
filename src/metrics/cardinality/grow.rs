//! A collection behind a lock that is shared by readers, and exclusive only while it grows.

use std::ops::Deref;

use parking_lot::RwLock;

/// Something that is read, and may be added to if it is held alone.
pub(super) enum Grow<'a, T> {
    Shared(&'a T),
    Alone(&'a mut T),
}

/// Something has to be added, which a shared lock does not allow.
pub(super) struct Grows;

impl<T> Grow<'_, T> {
    /// Returns what can be added to.
    pub(super) fn grow(&mut self) -> Result<&mut T, Grows> {
        match self {
            Self::Shared(_) => Err(Grows),
            Self::Alone(grown) => Ok(grown),
        }
    }

    /// Returns a part, held in the same way.
    pub(super) fn part<P>(
        &mut self,
        shared: impl FnOnce(&T) -> Option<&P>,
        alone: impl FnOnce(&mut T) -> Option<&mut P>,
    ) -> Option<Grow<'_, P>> {
        match self {
            Self::Shared(whole) => shared(whole).map(Grow::Shared),
            Self::Alone(whole) => alone(whole).map(Grow::Alone),
        }
    }
}

impl<T> Deref for Grow<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Shared(read) => read,
            Self::Alone(grown) => grown,
        }
    }
}

/// Asks under a shared lock, and once more alone if the answer adds something.
pub(super) fn ask<T, A>(
    lock: &RwLock<T>,
    ask: impl Fn(Grow<'_, T>) -> Result<A, Grows>,
) -> Option<A> {
    let shared = ask(Grow::Shared(&lock.read()));
    shared
        .or_else(|Grows| ask(Grow::Alone(&mut lock.write())))
        .ok()
}
