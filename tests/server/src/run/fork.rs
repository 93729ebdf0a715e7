//! A run that begins where another one was at some time: a reset.

use super::{Event, Run, activity::Attempt, signal::SERVER, state::State};
use crate::{
    clock::Time,
    error,
    proto::{
        Attributes, Failure, HistoryEvent, WorkflowTaskFailedCause,
        failure::{ResetWorkflowFailureInfo, failure::FailureInfo},
        history,
    },
};

/// How a run is reset.
#[derive(Clone, Debug)]
pub(crate) struct Fork {
    pub(crate) run_id: String,
    pub(crate) request_id: String,
    pub(crate) reason: String,
    /// The end of the workflow task that is undone.
    pub(crate) undone: i64,
    /// Whether the new run gets the signals that came since.
    pub(crate) with_signals: bool,
}

impl Run {
    /// The run that begins where this one was before a workflow task ended.
    pub(crate) fn fork(&self, fork: Fork, clock: Time) -> Result<Self, tonic::Status> {
        let kept = usize::try_from(fork.undone - 1).unwrap_or_default();
        let started = (fork.undone > 1)
            .then(|| self.history.get(kept.checked_sub(1)?))
            .flatten();
        let task = started.and_then(|event| match event.attributes.as_ref()? {
            Attributes::WorkflowTaskStartedEventAttributes(task) => {
                Some((task.scheduled_event_id, event.event_id))
            }
            _ => None,
        });
        let Some((scheduled, started)) = task else {
            return Err(error::invalid(
                "Workflow task finish ID must be > 1 && <= workflow last event ID, and follow the start of a task.",
            ));
        };
        let (kept, later) = self.history.split_at(kept);
        let mut run = Self {
            run_id: fork.run_id,
            request_id: fork.request_id,
            history: kept.to_vec(),
            state: State::replay(kept),
            ..Self::nothing(self.namespace.clone(), self.workflow_id.clone())
        };
        run.now = run.state.skip.shown(clock);
        run.history_bytes = kept.iter().map(prost::Message::encoded_len).sum();
        run.record(Event::new(history::WorkflowTaskFailedEventAttributes {
            scheduled_event_id: scheduled,
            started_event_id: started,
            cause: WorkflowTaskFailedCause::ResetWorkflow.into(),
            failure: Some(Failure {
                message: fork.reason,
                failure_info: Some(FailureInfo::ResetWorkflowFailureInfo(
                    ResetWorkflowFailureInfo::default(),
                )),
                ..Default::default()
            }),
            identity: SERVER.to_owned(),
            base_run_id: self.run_id.clone(),
            new_run_id: run.run_id.clone(),
            ..Default::default()
        }));
        run.take_over(later, fork.with_signals);
        run.wants_task = true;
        Ok(run)
    }

    /// What is under way in the new run, and what came since.
    fn take_over(&mut self, later: &[HistoryEvent], with_signals: bool) {
        for id in self.state.activities.keys().copied().collect::<Vec<_>>() {
            let attempt = Attempt {
                number: 1,
                ..Default::default()
            };
            self.attempts.insert(id, attempt);
            self.offer_activity(id);
        }
        if !with_signals {
            return;
        }
        for event in later {
            if let Some(signal @ Attributes::WorkflowExecutionSignaledEventAttributes(_)) =
                &event.attributes
            {
                self.record(Event::new(signal.clone()).links(event.links.clone()));
            }
        }
    }
}
