//! How much of a workflow is traced, per workflow type.

use std::collections::HashMap;

/// How much of a workflow itself is traced. Its activities, and the spans that its code opens, are
/// always traced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Granularity {
    /// A span for the run, for each handler and each wait, and a marker when it starts.
    #[default]
    Full,
    /// Only the marker: for runs that take weeks or have thousands of steps. The run's calls are
    /// children of the run's own caller, as with [`Off`](Self::Off).
    Marker,
    /// Nothing.
    Off,
}

/// The [`Granularity`] by workflow type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Granularities {
    default: Granularity,
    by_type: HashMap<String, Granularity>,
}

impl Granularities {
    pub(crate) fn set_default(&mut self, granularity: Granularity) {
        self.default = granularity;
    }

    pub(crate) fn set(&mut self, workflow_type: String, granularity: Granularity) {
        self.by_type.insert(workflow_type, granularity);
    }

    pub(super) fn of(&self, workflow_type: &str) -> Granularity {
        self.by_type
            .get(workflow_type)
            .copied()
            .unwrap_or(self.default)
    }
}
