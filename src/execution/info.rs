use std::{
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
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Info")
            .field("operation", &self.operation)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}
