use std::collections::HashMap;

/// How much of a workflow's own side is traced. Its activities, and the spans that its code opens
/// itself, are traced all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Granularity {
    /// A span for the run, its handlers and what it waits for, and a marker when it starts.
    #[default]
    Full,
    /// The marker alone: for runs that take weeks or have thousands of steps. What the run calls
    /// hangs below the run's own caller, as with [`Off`](Self::Off).
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
