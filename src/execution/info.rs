use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

use super::{Fields, tally::Tally};
use crate::schema::Operation;

/// How many renderings of its fields an execution keeps.
pub(crate) const RENDERINGS: usize = 5;

/// What stays the same through all polls of an execution.
pub(crate) struct Info {
    operation: Operation,
    fields: Arc<Fields>,
    tally: Option<Arc<Tally>>,
    rendered: [OnceLock<Box<str>>; RENDERINGS],
    attached: OnceLock<Box<dyn Any + Send + Sync>>,
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
            attached: OnceLock::new(),
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

    /// Returns a value that another room keeps with an execution, made at its first use. There is
    /// one place for it, so `None` means that it was made with another type.
    #[cfg_attr(
        not(feature = "metrics"),
        expect(dead_code, reason = "only metrics attach")
    )]
    pub(crate) fn attached<T: Send + Sync + 'static>(
        &self,
        make: impl FnOnce() -> T,
    ) -> Option<&T> {
        self.attached
            .get_or_init(|| Box::new(make()))
            .downcast_ref()
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
