//! The sources of workflow tasks: a worker or a replayer.

use std::sync::Arc;

use temporalio_sdk::WorkflowContextView;

use super::{outbound::Calls, run};
use crate::{commit::Ledger, execution::Fields, observe::Observer};

/// The source of workflow tasks.
#[derive(Clone, Debug)]
pub(crate) enum TaskSource {
    /// A worker that polls a server.
    Worker,
    /// The SDK's replayer.
    Replayer,
    /// The SDK's replayer, to get the spans of one run.
    #[cfg(feature = "rebuild")]
    Rebuild(Arc<super::Rebuilding>),
}

impl TaskSource {
    pub(super) fn is_replay(&self) -> bool {
        !matches!(self, Self::Worker)
    }

    pub(super) fn fields(&self, view: &WorkflowContextView) -> Fields {
        match self {
            #[cfg(feature = "rebuild")]
            Self::Rebuild(rebuilding) => rebuilding.fields(view),
            _ => run::fields(view),
        }
    }

    pub(super) fn calls(
        &self,
        observer: &Observer,
        fields: &Arc<Fields>,
        ledger: Arc<Ledger>,
        view: &WorkflowContextView,
    ) -> Option<Calls> {
        let (traces, attributes) = (observer.traced()?, observer.attributed());
        let calls = run::traced(traces, attributes, fields, ledger, view)?;
        #[cfg(feature = "rebuild")]
        if let Self::Rebuild(rebuilding) = self {
            rebuilding.traced_by(calls.run());
        }
        Some(calls)
    }
}
