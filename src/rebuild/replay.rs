use std::sync::Arc;

use temporalio_common::protos::temporal::api::history::v1::History;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

use super::{RebuildError, Recording, activities, identity::Run};
use crate::{
    execution::{Execution, Info, Moment, Phase, Policy, Replay},
    layer::ObservabilityLayer,
    observability::Observability,
    schema::Operation,
    workflow::{Rebuilding, Source},
};

/// What was rebuilt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rebuilt {
    /// The workflow id.
    pub workflow_id: String,
    /// The run id.
    pub run_id: String,
    /// How many spans came out.
    pub spans: u64,
}

impl Observability {
    /// Exports the spans of a closed run out of its history: see the [module](crate::rebuild).
    ///
    /// The options register the workflow's type, with code that fits the history, and its data
    /// converter if it has one. The layer is put over them here.
    ///
    /// # Errors
    ///
    /// [`RebuildError`] says what is in the way: the run is open, its history can't be fetched, or
    /// the code does not fit it.
    pub async fn rebuild(
        &self,
        mut options: WorkflowReplayerOptions,
        recording: Recording,
    ) -> Result<Rebuilt, RebuildError> {
        let traces = self.observer().traced().ok_or(RebuildError::NotTraced)?;
        let traces = traces.rebuilding();
        let events = recording.history.into_events().await;
        let events = events.map_err(|error| RebuildError::Fetch(error.into()))?;
        let run = Run::read(&events, recording.namespace, recording.task_queue)?;

        let rebuilding = Arc::new(Rebuilding::new(run.fields()));
        let observer = self.observer().clone().policy(Policy::Rebuild);
        let layer = ObservabilityLayer {
            activities: true,
            observer: observer.traces(Some(traces.clone())),
            meter: None,
        };
        layer
            .wrap_replayer_for(Source::Rebuild(rebuilding.clone()), &mut options)
            .map_err(RebuildError::Wiring)?;
        let replayer = WorkflowReplayer::new(options).map_err(RebuildError::Replay)?;
        let history = History {
            events: events.clone(),
        };
        let replayed = replayer.replay_workflow(history.into()).await;
        replayed.map_err(RebuildError::Replay)?;
        close(&run, &rebuilding);
        let calls = rebuilding.trace().map(|trace| trace.all_scheduled());
        activities::rebuild(&traces, &run, &events, calls.unwrap_or_default());
        Ok(Rebuilt {
            spans: traces.rebuilt(),
            workflow_id: run.workflow_id,
            run_id: run.run_id,
        })
    }
}

/// Ends a run that the server ended, which its own code never saw.
fn close(run: &Run, rebuilding: &Rebuilding) {
    let (Some(trace), Some(outcome)) = (rebuilding.trace(), &run.closed.by_server) else {
        return;
    };
    let info = Info::new(Operation::RunWorkflow, Arc::new(run.fields()));
    let replay = Replay {
        phase: Phase::Replaying,
        policy: Policy::Rebuild,
    };
    let moment = Moment {
        phase: Phase::Replaying,
        workflow_time: Some(run.closed.at),
    };
    Execution::new(Arc::new(info), replay)
        .at(moment)
        .run(|| trace.closed_by_server(outcome));
}
