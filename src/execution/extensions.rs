//! Values of any type that other modules keep with an execution.

use std::{any::Any, iter::successors, sync::OnceLock};

/// A map from a type to one value of it, for a few values.
#[derive(Default)]
pub(crate) struct Extensions {
    /// Values inserted before the execution is shared.
    inserted: Option<Box<Inserted<Value>>>,
    /// Values made later: a list that only grows, so that its values can be borrowed meanwhile.
    made: OnceLock<Box<Made<Value>>>,
}

type Value = dyn Any + Send + Sync;

struct Inserted<T: ?Sized> {
    next: Option<Box<Inserted<Value>>>,
    value: T,
}

struct Made<T: ?Sized> {
    next: OnceLock<Box<Made<Value>>>,
    value: T,
}

impl Extensions {
    /// Adds a value, and replaces one of the same type.
    pub(super) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        let next = self.inserted.take();
        self.inserted = Some(Box::new(Inserted { next, value }));
    }

    /// Returns the value of this type.
    pub(super) fn get<T: 'static>(&self) -> Option<&T> {
        let inserted = successors(self.inserted.as_deref(), |entry| entry.next.as_deref());
        let mut inserted = inserted.map(|entry| &entry.value);
        let made = successors(self.made.get(), |entry| entry.next.get());
        let mut made = made.map(|entry| &entry.value);
        let inserted = inserted.find_map(|value| value.downcast_ref());
        inserted.or_else(|| made.find_map(|value| value.downcast_ref()))
    }

    /// Returns the value of this type, and makes it if there is none.
    pub(super) fn get_or_insert_with<T: Send + Sync + 'static>(&self, make: impl Fn() -> T) -> &T {
        if let Some(known) = self.get() {
            return known;
        }
        let mut rest = &self.made;
        loop {
            let entry = rest.get_or_init(|| {
                Box::new(Made {
                    next: OnceLock::new(),
                    value: make(),
                })
            });
            match entry.value.downcast_ref() {
                None => rest = &entry.next,
                Some(found) => return found,
            }
        }
    }
}
