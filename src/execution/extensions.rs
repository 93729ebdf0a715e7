//! Values of any type that other rooms keep with an execution.

use std::{any::Any, mem, sync::OnceLock};

/// A map from a type to one value of it.
///
/// It is a list that only grows, so that what is in it can be borrowed while more comes in. Nobody
/// keeps more than a few.
#[derive(Default)]
pub(crate) struct Extensions(OnceLock<Box<Entry<dyn Any + Send + Sync>>>);

struct Entry<T: ?Sized> {
    next: Extensions,
    value: T,
}

impl Extensions {
    /// Adds a value, in place of one of its type.
    pub(super) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        let next = mem::take(self);
        *self = Self(OnceLock::from(Entry::boxed(next, value)));
    }

    /// Returns the value of this type.
    pub(super) fn get<T: 'static>(&self) -> Option<&T> {
        let mut rest = self;
        while let Some(entry) = rest.0.get() {
            match entry.value.downcast_ref() {
                None => rest = &entry.next,
                found => return found,
            }
        }
        None
    }

    /// Returns the value of this type, made if there is none.
    pub(super) fn get_or_insert_with<T: Send + Sync + 'static>(&self, make: impl Fn() -> T) -> &T {
        let mut rest = self;
        loop {
            let last = || Entry::boxed(Self::default(), make());
            let entry = rest.0.get_or_init(last);
            match entry.value.downcast_ref() {
                None => rest = &entry.next,
                Some(found) => return found,
            }
        }
    }
}

impl Entry<dyn Any + Send + Sync> {
    fn boxed<T: Send + Sync + 'static>(next: Extensions, value: T) -> Box<Self> {
        Box::new(Entry { next, value })
    }
}
