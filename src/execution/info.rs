use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

use super::{Fields, tally::Tally};
use crate::schema::Operation;

/// How many renderings of its fields an execution keeps.
pub(crate) const RENDERINGS: usize = 5;

/// How many values of different types other rooms may keep with an execution.
const ATTACHED: usize = 3;

/// What stays the same through all polls of an execution.
pub(crate) struct Info {
    operation: Operation,
    fields: Arc<Fields>,
    tally: Option<Arc<Tally>>,
    rendered: [OnceLock<Box<str>>; RENDERINGS],
    attached: [OnceLock<Box<dyn Any + Send + Sync>>; ATTACHED],
}

impl Info {
    pub(crate) fn new(
        operation: Operation,
        fields: Arc<Fields>,
        tally: Option<Arc<Tally>>,
    ) -> Self {
        Self {
            operation,
            fields,
            tally,
            rendered: Default::default(),
            attached: Default::default(),
        }
    }

    pub(crate) fn operation(&self) -> Operation {
        self.operation
    }

    pub(crate) fn fields(&self) -> &Arc<Fields> {
        &self.fields
    }

    pub(crate) fn tally(&self) -> Option<&Arc<Tally>> {
        self.tally.as_ref()
    }

    /// Returns a rendering of the fields, made at its first use and kept.
    #[cfg_attr(
        not(feature = "logs"),
        expect(dead_code, reason = "only logs render fields")
    )]
    pub(crate) fn rendered(&self, index: usize, render: impl FnOnce(&Fields) -> String) -> &str {
        self.rendered[index].get_or_init(|| render(&self.fields).into_boxed_str())
    }

    /// Keeps a value with the execution, one of each type. Returns the one that is kept, or `None`
    /// where there is no room left.
    pub(crate) fn attach<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        if let Some(known) = self.attached() {
            return Some(known);
        }
        let mut value: Option<Box<dyn Any + Send + Sync>> = Some(Box::new(make()));
        for slot in &self.attached {
            if let Some(made) = value.take() {
                value = slot.set(made).err();
            }
        }
        self.attached()
    }

    /// Returns the value of this type that is kept with the execution.
    pub(crate) fn attached<T: 'static>(&self) -> Option<&T> {
        let kept = self.attached.iter().map_while(OnceLock::get);
        kept.into_iter().find_map(|kept| kept.downcast_ref())
    }
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Info")
            .field("operation", &self.operation)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}
