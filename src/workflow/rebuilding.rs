//! The run whose spans are being rebuilt: its true fields, and its trace.

use std::sync::{Arc, OnceLock};

use temporalio_sdk::WorkflowContextView;

use crate::{execution::Fields, schema::Field, trace::RunTrace};

/// A run whose spans are rebuilt: its true fields, and its trace once there is one.
#[derive(Debug)]
pub(crate) struct Rebuilding {
    fields: Fields,
    trace: OnceLock<Arc<RunTrace>>,
}

impl Rebuilding {
    pub(crate) fn new(fields: Fields) -> Self {
        Self {
            fields,
            trace: OnceLock::new(),
        }
    }

    /// Returns the run's trace, if its code was executed.
    pub(crate) fn trace(&self) -> Option<&Arc<RunTrace>> {
        self.trace.get()
    }

    /// The replayer knows neither namespace nor task queue, and confuses the original run of a
    /// reset with the new one.
    pub(super) fn fields(&self, view: &WorkflowContextView) -> Fields {
        self.fields.clone().with(Field::Attempt, view.attempt())
    }

    pub(super) fn traced_by(&self, trace: &Arc<RunTrace>) {
        // The replayer loads the run once.
        let _ = self.trace.set(trace.clone());
    }
}
