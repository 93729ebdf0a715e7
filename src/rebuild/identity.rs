//! The identity of a history's run.

use std::time::SystemTime;

use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause,
    history::v1::{
        HistoryEvent, WorkflowExecutionStartedEventAttributes, history_event::Attributes,
    },
};

use super::RebuildError;
use crate::{
    execution::Fields,
    schema::{Failure, Field, Outcome, Retry},
};

/// The data of a run that its replayer does not know or gets wrong.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) namespace: String,
    pub(super) task_queue: String,
    pub(super) workflow_id: String,
    pub(super) run_id: String,
    pub(super) workflow_type: String,
    pub(super) closed: Closed,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) at: SystemTime,
    /// The outcome, if the server ended the run.
    pub(super) by_server: Option<Outcome>,
}

impl Run {
    pub(super) fn read(
        events: &[HistoryEvent],
        namespace: String,
        task_queue: Option<String>,
    ) -> Result<Self, RebuildError> {
        let started = events
            .first()
            .and_then(started)
            .ok_or(RebuildError::NoStart)?;
        let name = |kind: Option<&String>| kind.cloned().unwrap_or_default();
        let queue = started.task_queue.as_ref();
        let run_id = reset_to(events).unwrap_or_else(|| started.original_execution_run_id.clone());
        if started.workflow_id.is_empty() || run_id.is_empty() {
            return Err(RebuildError::NoId);
        }
        Ok(Self {
            namespace,
            task_queue: task_queue.unwrap_or_else(|| name(queue.map(|queue| &queue.name))),
            workflow_id: started.workflow_id.clone(),
            run_id,
            workflow_type: name(started.workflow_type.as_ref().map(|kind| &kind.name)),
            closed: closed(events).ok_or_else(|| RebuildError::Open {
                workflow_id: started.workflow_id.clone(),
            })?,
        })
    }

    /// Returns the fields shared by everything in the run.
    pub(super) fn fields(&self) -> Fields {
        Fields::default()
            .with(Field::Namespace, &*self.namespace)
            .with(Field::TaskQueue, &*self.task_queue)
            .with(Field::WorkflowId, &*self.workflow_id)
            .with(Field::RunId, &*self.run_id)
            .with(Field::WorkflowType, &*self.workflow_type)
    }
}

fn started(event: &HistoryEvent) -> Option<&WorkflowExecutionStartedEventAttributes> {
    match event.attributes.as_ref()? {
        Attributes::WorkflowExecutionStartedEventAttributes(started) => Some(started),
        _ => None,
    }
}

/// A reset continues in a new run, whose history begins with that of the original run.
fn reset_to(events: &[HistoryEvent]) -> Option<String> {
    events
        .iter()
        .rev()
        .find_map(|event| match event.attributes.as_ref()? {
            Attributes::WorkflowTaskFailedEventAttributes(failed)
                if failed.cause() == WorkflowTaskFailedCause::ResetWorkflow =>
            {
                Some(failed.new_run_id.clone())
            }
            _ => None,
        })
}

fn closed(events: &[HistoryEvent]) -> Option<Closed> {
    use Attributes as A;
    let last = events.last()?;
    let by_server = match last.attributes.as_ref()? {
        A::WorkflowExecutionCompletedEventAttributes(_)
        | A::WorkflowExecutionFailedEventAttributes(_)
        | A::WorkflowExecutionCanceledEventAttributes(_)
        | A::WorkflowExecutionContinuedAsNewEventAttributes(_) => None,
        A::WorkflowExecutionTimedOutEventAttributes(_) => Some(Outcome::TimedOut),
        A::WorkflowExecutionTerminatedEventAttributes(_) => {
            Some(Outcome::Failed(Failure::new("Terminated", Retry::Final)))
        }
        _ => return None,
    };
    let at = SystemTime::try_from(last.event_time?).ok()?;
    Some(Closed { at, by_server })
}
