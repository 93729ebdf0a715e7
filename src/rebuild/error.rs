//! Why the spans of a run could not be rebuilt.

use std::{error::Error, fmt};

use temporalio_client::PluginError;
use temporalio_sdk::workflow_replayer::WorkflowReplayError;

/// The error of a run whose spans could not be rebuilt.
#[derive(Debug)]
#[non_exhaustive]
pub enum RebuildError {
    /// The history could not be fetched.
    Fetch(Box<dyn Error + Send + Sync>),
    /// The history has no event that starts a run.
    NoStart,
    /// The history lacks one of the run's ids, as histories of old servers do.
    NoId,
    /// The run has not ended: its worker will export its spans.
    Open {
        /// The workflow id.
        workflow_id: String,
    },
    /// The spans have nowhere to go.
    NotTraced,
    /// The SDK refused to be wired up.
    Wiring(PluginError),
    /// The workflow's code does not fit the history, or its type is not registered. Spans up to
    /// that point may have been exported.
    Replay(WorkflowReplayError),
}

impl fmt::Display for RebuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(_) => f.write_str("cannot fetch the history"),
            Self::NoStart => f.write_str(
                "the history does not begin with the start of a run: fetch it from its first event",
            ),
            Self::NoId => f.write_str(
                "the history lacks its workflow id or run id: set them with \
                 `Recording::workflow_id` and `Recording::run_id`",
            ),
            Self::Open { workflow_id } => write!(
                f,
                "workflow {workflow_id:?} has not ended, and its worker will still export its \
                 spans: rebuild it after its end"
            ),
            Self::NotTraced => f.write_str(
                "spans have nowhere to go: set a collector with `TracesBuilder::otlp`, or add a \
                 `TracesBuilder::processor`",
            ),
            Self::Wiring(_) => f.write_str("cannot wrap the replayer's options"),
            Self::Replay(_) => f.write_str(
                "cannot replay the history: register the workflow type with the code that produced it",
            ),
        }
    }
}

impl Error for RebuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fetch(source) => Some(&**source),
            Self::Wiring(source) => Some(source),
            Self::Replay(source) => Some(source),
            Self::NoStart | Self::NoId | Self::Open { .. } | Self::NotTraced => None,
        }
    }
}
