//! The run that follows another: a retry, the next one of a cron schedule, a new beginning.

use std::time::Duration;

use super::{Begin, Run, cron, fresh_id, retry};
use crate::{
    clock::{proto_span, span},
    proto::{
        Failure, common,
        enums::{ContinueAsNewInitiator as Initiator, RetryState},
        history,
    },
};

/// Why a run follows another, and when.
pub(super) struct Next {
    pub(super) run_id: String,
    pub(super) initiator: Initiator,
    pub(super) backoff: Duration,
}

impl Run {
    /// The run that a failed one is followed by: a retry, or the next one of its cron schedule.
    pub(super) fn next_after(&self, failure: &Failure) -> (Option<Next>, RetryState) {
        let Some(started) = self.started() else {
            return (None, RetryState::InternalServerError);
        };
        let policy = started.retry_policy.as_ref();
        match retry::next(
            policy,
            started.attempt,
            failure,
            self.now,
            self.expires_at(),
        ) {
            Ok(backoff) => {
                let next = Next {
                    run_id: fresh_id(),
                    initiator: Initiator::Retry,
                    backoff,
                };
                (Some(next), RetryState::InProgress)
            }
            Err(state) => (self.next_by_cron(), state),
        }
    }

    pub(super) fn next_by_cron(&self) -> Option<Next> {
        let started = self.started()?;
        if started.cron_schedule.is_empty() {
            return None;
        }
        let backoff = span(started.first_workflow_task_backoff.as_ref());
        let from = self.state.started_at.after(backoff);
        let backoff = cron::backoff(&started.cron_schedule, from, self.now)?;
        Some(Next {
            run_id: fresh_id(),
            initiator: Initiator::CronSchedule,
            backoff,
        })
    }

    /// The run that goes on where this one ended.
    pub(crate) fn continued_in(&self) -> Option<&str> {
        use crate::proto::Attributes as A;
        let next = match self.history.last()?.attributes.as_ref()? {
            A::WorkflowExecutionCompletedEventAttributes(end) => &end.new_execution_run_id,
            A::WorkflowExecutionFailedEventAttributes(end) => &end.new_execution_run_id,
            A::WorkflowExecutionTimedOutEventAttributes(end) => &end.new_execution_run_id,
            A::WorkflowExecutionContinuedAsNewEventAttributes(end) => &end.new_execution_run_id,
            _ => return None,
        };
        Some(next.as_str()).filter(|next| !next.is_empty())
    }

    pub(super) fn begin_again(&self, next: Next, failure: Option<Failure>) -> Begin {
        Begin {
            started: history::WorkflowExecutionStartedEventAttributes {
                continued_failure: failure,
                ..self.following(&next)
            },
            ..self.begin_after(next)
        }
    }

    /// The summary and details of a run are its own: one that follows it has none.
    pub(super) fn begin_after(&self, next: Next) -> Begin {
        Begin {
            namespace: self.namespace.clone(),
            workflow_id: self.workflow_id.clone(),
            run_id: next.run_id,
            request_id: fresh_id(),
            ..Default::default()
        }
    }

    /// The first event's attributes of the run that follows.
    pub(super) fn following(
        &self,
        next: &Next,
    ) -> history::WorkflowExecutionStartedEventAttributes {
        let started = self.started().cloned().unwrap_or_default();
        let attempt = match next.initiator {
            Initiator::Retry => started.attempt + 1,
            _ => 1,
        };
        history::WorkflowExecutionStartedEventAttributes {
            continued_execution_run_id: self.run_id.clone(),
            original_execution_run_id: next.run_id.clone(),
            initiator: next.initiator.into(),
            attempt,
            first_workflow_task_backoff: (!next.backoff.is_zero())
                .then(|| proto_span(next.backoff)),
            identity: String::new(),
            time_skipping_config: self.state.skip.config.clone(),
            time_skipping_state_propagation: self.state.skip.for_next_run(),
            memo: (!self.state.memo.is_empty()).then(|| common::Memo {
                fields: self.state.memo.clone().into_iter().collect(),
            }),
            search_attributes: (!self.state.search_attributes.is_empty()).then(|| {
                let fields = self.state.search_attributes.clone();
                common::SearchAttributes {
                    indexed_fields: fields.into_iter().collect(),
                }
            }),
            ..started
        }
    }
}

/// The id that an event names.
pub(super) fn run_id_of(next: Option<&Next>) -> String {
    next.map(|next| next.run_id.clone()).unwrap_or_default()
}
