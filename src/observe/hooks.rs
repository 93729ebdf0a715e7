use std::sync::Arc;

use super::{Observer, OnEnd};
use crate::{execution::Execution, schema::Outcome};

impl Observer {
    /// Adds a hook to those that there are.
    pub(crate) fn also_on_end(mut self, hook: impl OnEnd) -> Self {
        let parts = Arc::make_mut(&mut self.0);
        parts.on_end = Some(match parts.on_end.take() {
            Some(first) => Arc::new(move |execution: &Execution, outcome: &Outcome| {
                first.on_end(execution, outcome);
                hook.on_end(execution, outcome);
            }),
            None => Arc::new(hook),
        });
        self
    }

    pub(super) fn has_hooks(&self) -> bool {
        self.0.on_start.is_some() || self.0.on_end.is_some()
    }

    pub(super) fn without_hooks(mut self) -> Self {
        let parts = Arc::make_mut(&mut self.0);
        (parts.on_start, parts.on_end) = (None, None);
        self
    }
}
