//! Rebuilding the spans of a closed run with the SDK's replayer.

use std::sync::Arc;

use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    history::v1::{History, HistoryEvent},
};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

use super::{RebuildError, Recording, activities, identity::Run};
use crate::{
    execution::{Execution, Info, Moment, Phase, Policy, Replay},
    layer::ObservabilityLayer,
    observability::Observability,
    schema::Operation,
    workflow::{Rebuilding, TaskSource},
};

/// The result of a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rebuilt {
    /// The workflow id.
    pub workflow_id: String,
    /// The run id.
    pub run_id: String,
    /// The number of exported spans.
    pub spans: u64,
}

impl Observability {
    /// Exports the spans of a closed run from its history: see the [module](crate::rebuild).
    ///
    /// The options must register the workflow's type, with code that fits the history, and its data
    /// converter if it has one. They are wrapped here.
    ///
    /// # Errors
    ///
    /// [`RebuildError`] says what prevents it: the run is open, its history can't be fetched, or
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
        let observer = self.observer().clone().with(|parts| {
            parts.policy = Policy::Rebuild;
            parts.traces = Some(traces.clone());
        });
        let layer = ObservabilityLayer {
            activities: true,
            observer,
            meter: None,
        };
        layer
            .wrap_replayer_for(TaskSource::Rebuild(rebuilding.clone()), &mut options)
            .map_err(RebuildError::Wiring)?;
        let events_executed = executed(&events);
        if !events_executed.is_empty() {
            let replayer = WorkflowReplayer::new(options).map_err(RebuildError::Replay)?;
            let events = events_executed.to_vec();
            let replayed = replayer.replay_workflow(History { events }.into()).await;
            replayed.map_err(RebuildError::Replay)?;
        }
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

/// Returns the events that the run's code saw or caused: those up to the last completed task, and
/// up to its last command. No worker handled later ones. The server may write what a command has
/// caused before the next one, such as the end of an activity that had not begun.
fn executed(events: &[HistoryEvent]) -> &[HistoryEvent] {
    let is_completed =
        |event: &HistoryEvent| event.event_type() == EventType::WorkflowTaskCompleted;
    let Some(completed) = events.iter().rposition(is_completed) else {
        return &[];
    };
    let last = events.iter().rposition(HistoryEvent::is_command_event);
    &events[..=last.map_or(completed, |last| last.max(completed))]
}

/// Ends the spans of a run that the server ended, whose own code never saw its end.
fn close(run: &Run, rebuilding: &Rebuilding) {
    let (Some(trace), Some(outcome)) = (rebuilding.trace(), &run.closed.by_server) else {
        return;
    };
    let info = Info::new(Operation::RunWorkflow, Arc::new(run.fields()));
    let replay = Replay {
        phase: Phase::Replaying,
        policy: Policy::Rebuild,
        ..Replay::LIVE
    };
    let moment = Moment {
        phase: Phase::Replaying,
        workflow_time: Some(run.closed.at),
        ..Moment::default()
    };
    Execution::new(Arc::new(info), replay)
        .at(moment)
        .run(|| trace.closed_by_server(outcome));
}
