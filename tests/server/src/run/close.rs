//! The end of a run, and the run that goes on from it.

use std::time::Duration;

use super::{
    Begin, Event, Run,
    complete::{Taking, TaskFailure},
    effect::{ChildEnd, Effect},
    fresh_id,
    next::{Next, run_id_of},
    retry,
};
use crate::{
    clock::span,
    error,
    proto::{
        Failure, Payloads, WorkflowTaskFailedCause as Cause, command,
        enums::{
            ContinueAsNewInitiator as Initiator, ContinueAsNewVersioningBehavior as CanBehavior,
            RetryState, VersioningBehavior,
        },
        history,
    },
};

impl Run {
    /// Writes the last event and tells everybody who has to do with the run.
    pub(super) fn close_with(&mut self, event: Event, end: ChildEnd, next: Option<Begin>) {
        self.record(event);
        self.tasks.current = None;
        self.attempts.clear();
        self.requests.clear();
        let status = match next {
            Some(_) => error::closing(),
            None => error::not_found("workflow update was aborted by closing workflow"),
        };
        self.updates.abort_pending(&status);
        for child in self.state.children.values() {
            if let Some(run_id) = &child.run_id {
                self.outbox.push(Effect::Orphan {
                    workflow_id: child.workflow_id.clone(),
                    run_id: run_id.clone(),
                    policy: child.policy,
                });
            }
        }
        match next {
            Some(begin) => self.outbox.push(Effect::Continue(Box::new(begin))),
            None => {
                for callback in self.callbacks() {
                    let end = end.clone();
                    self.outbox.push(Effect::TellOperation { callback, end });
                }
                let parent = self
                    .started()
                    .and_then(|started| started.parent_workflow_execution.as_ref());
                if parent.is_some() {
                    self.outbox.push(Effect::TellParent(end));
                }
            }
        }
        self.release_queries();
    }

    pub(super) fn complete_run(&mut self, result: Option<Payloads>, taking: &Taking) {
        let next = self.next_by_cron();
        let event = history::WorkflowExecutionCompletedEventAttributes {
            result: result.clone(),
            workflow_task_completed_event_id: taking.completed_id,
            new_execution_run_id: run_id_of(next.as_ref()),
        };
        let next = next.map(|next| Begin {
            started: history::WorkflowExecutionStartedEventAttributes {
                last_completion_result: result.clone(),
                continued_failure: None,
                ..self.following(&next)
            },
            ..self.begin_after(next)
        });
        self.close_with(Event::new(event), ChildEnd::Completed(result), next);
    }

    pub(super) fn fail_run(&mut self, failure: Failure, taking: &Taking) {
        let (next, retry_state) = self.next_after(&failure);
        let event = history::WorkflowExecutionFailedEventAttributes {
            failure: Some(failure.clone()),
            retry_state: retry_state.into(),
            workflow_task_completed_event_id: taking.completed_id,
            new_execution_run_id: run_id_of(next.as_ref()),
        };
        let next = next.map(|next| self.begin_again(next, Some(failure.clone())));
        let end = ChildEnd::Failed(Some(Box::new(failure)), retry_state);
        self.close_with(Event::new(event), end, next);
    }

    pub(super) fn cancel_run(&mut self, details: Option<Payloads>, taking: &Taking) {
        let event = history::WorkflowExecutionCanceledEventAttributes {
            workflow_task_completed_event_id: taking.completed_id,
            details: details.clone(),
        };
        self.close_with(Event::new(event), ChildEnd::Canceled(details), None);
    }

    /// The run has taken too long.
    pub(super) fn time_out_run(&mut self) {
        self.force_task_closed();
        let failure = Failure {
            failure_info: Some(
                crate::proto::failure::failure::FailureInfo::TimeoutFailureInfo(
                    crate::proto::failure::TimeoutFailureInfo {
                        timeout_type: crate::proto::TimeoutType::StartToClose.into(),
                        last_heartbeat_details: None,
                    },
                ),
            ),
            ..Default::default()
        };
        let over = self.expires_at().is_some_and(|expires| expires <= self.now);
        let (next, retry_state) = match over {
            true => (None, RetryState::Timeout),
            false => self.next_after(&failure),
        };
        let event = history::WorkflowExecutionTimedOutEventAttributes {
            retry_state: retry_state.into(),
            new_execution_run_id: run_id_of(next.as_ref()),
        };
        let next = next.map(|next| self.begin_again(next, None));
        self.close_with(Event::new(event), ChildEnd::TimedOut(retry_state), next);
    }

    #[expect(deprecated, reason = "what the worker says of builds is still written")]
    pub(super) fn continue_as_new(
        &mut self,
        wanted: command::ContinueAsNewWorkflowExecutionCommandAttributes,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadContinueAsNewAttributes;
        if let Some(policy) = &wanted.retry_policy {
            retry::check(policy).map_err(|text| TaskFailure::new(cause, text))?;
        }
        taking.check_attributes(wanted.search_attributes.as_ref())?;
        let next = Next {
            run_id: fresh_id(),
            initiator: match wanted.initiator() {
                Initiator::Unspecified => Initiator::Workflow,
                initiator => initiator,
            },
            backoff: self.not_at_once(span(wanted.backoff_start_interval.as_ref()), taking),
        };
        let (interval, initiator) = (wanted.backoff_start_interval, wanted.initiator);
        let inherit = wanted.inherit_build_id;
        let started = self.continued(wanted, &next);
        let event = history::WorkflowExecutionContinuedAsNewEventAttributes {
            new_execution_run_id: next.run_id.clone(),
            workflow_type: started.workflow_type.clone(),
            task_queue: started.task_queue.clone(),
            input: started.input.clone(),
            workflow_run_timeout: started.workflow_run_timeout,
            workflow_task_timeout: started.workflow_task_timeout,
            workflow_task_completed_event_id: taking.completed_id,
            backoff_start_interval: interval,
            initiator,
            last_completion_result: started.last_completion_result.clone(),
            header: started.header.clone(),
            memo: started.memo.clone(),
            search_attributes: started.search_attributes.clone(),
            inherit_build_id: inherit,
            ..Default::default()
        };
        let begin = Begin {
            started,
            ..self.begin_after(next)
        };
        self.close_with(Event::new(event), ChildEnd::Completed(None), Some(begin));
        Ok(())
    }

    /// How long the next run waits: at least until this one has lived for as long as the server asks.
    fn not_at_once(&self, wanted: Duration, taking: &Taking) -> Duration {
        let least = taking.known.least_life;
        let started = self.started();
        let own = span(started.and_then(|own| own.first_workflow_task_backoff.as_ref()));
        let lived = self.now.since(self.state.started_at.after(own));
        match lived + wanted < least {
            true => least.saturating_sub(lived),
            false => wanted,
        }
    }

    /// What the new run starts with: what the command says, else what this run has.
    fn continued(
        &self,
        wanted: command::ContinueAsNewWorkflowExecutionCommandAttributes,
        next: &Next,
    ) -> history::WorkflowExecutionStartedEventAttributes {
        let upgrades = wanted.initial_versioning_behavior() != CanBehavior::Unspecified;
        let mut started = self.following(next);
        started.workflow_type = wanted
            .workflow_type
            .filter(|kind| !kind.name.is_empty())
            .or(started.workflow_type);
        started.task_queue = wanted
            .task_queue
            .filter(|queue| !queue.name.is_empty())
            .or(started.task_queue);
        started.input = wanted.input;
        let set = |span: &crate::proto::Span| !crate::clock::span(Some(span)).is_zero();
        let run = wanted
            .workflow_run_timeout
            .filter(set)
            .or(started.workflow_run_timeout);
        started.workflow_run_timeout = Some(run.unwrap_or_default());
        started.workflow_task_timeout = wanted
            .workflow_task_timeout
            .filter(set)
            .or(started.workflow_task_timeout);
        started.retry_policy = wanted
            .retry_policy
            .map(|policy| retry::with_defaults(Some(policy)));
        started.cron_schedule = wanted.cron_schedule;
        started.header = wanted.header;
        started.memo = wanted.memo;
        started.search_attributes = wanted.search_attributes;
        started.continued_failure = wanted.failure;
        let pinned = self.state.version.clone();
        let pinned = pinned.filter(|(kind, _)| *kind == VersioningBehavior::Pinned && !upgrades);
        started.inherited_pinned_version = pinned.map(|(_, version)| version);
        started.last_completion_result = wanted.last_completion_result;
        started
    }
}
