//! Starting a run: whose id it may take.

use tonic::Status;

use super::{RunRef, SkipMode, Store};
use crate::{
    clock::{Time, span},
    error,
    proto::{
        Status as RunStatus, common,
        enums::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
        workflow::OnConflictOptions,
    },
    run::{Begin, Run, options::Change, signal::SERVER, skip},
};

/// What to do if there is a run with the same workflow id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartPolicy {
    /// If it is closed.
    pub(crate) reuse: WorkflowIdReusePolicy,
    /// If it is open.
    pub(crate) conflict: WorkflowIdConflictPolicy,
    /// What to leave in the open one that is used.
    pub(crate) attach: Option<OnConflictOptions>,
}

impl StartPolicy {
    /// The policy of a start that leaves nothing in an open run.
    pub(crate) fn new(reuse: WorkflowIdReusePolicy, conflict: WorkflowIdConflictPolicy) -> Self {
        // Deprecated, and still what older clients and all commands send.
        #[expect(deprecated, reason = "clients still send it")]
        let (reuse, conflict) = match reuse {
            WorkflowIdReusePolicy::TerminateIfRunning => (
                WorkflowIdReusePolicy::AllowDuplicate,
                WorkflowIdConflictPolicy::TerminateExisting,
            ),
            reuse => (reuse, conflict),
        };
        Self {
            reuse,
            conflict,
            attach: None,
        }
    }
}

/// The run that answers a start.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) at: RunRef,
    pub(crate) run_id: String,
    /// Whether this start made it.
    pub(crate) is_new: bool,
    pub(crate) status: RunStatus,
}

impl Store {
    /// Starts a run, or finds the one that the policy prefers.
    pub(crate) fn start(&mut self, begin: Begin, policy: StartPolicy) -> Result<Started, Status> {
        if let Some(at) = self.newest(&begin.namespace, &begin.workflow_id)
            && let Some(found) = self.resolve(at, &begin, policy)?
        {
            return Ok(found);
        }
        let run_id = begin.run_id.clone();
        Ok(Started {
            at: self.insert(begin),
            run_id,
            is_new: true,
            status: RunStatus::Running,
        })
    }

    /// What the run that has the id means for the start: nothing, an answer or an error.
    fn resolve(
        &mut self,
        at: RunRef,
        begin: &Begin,
        policy: StartPolicy,
    ) -> Result<Option<Started>, Status> {
        let Some(run) = self.runs.get(&at) else {
            return Ok(None);
        };
        let (id, run_id) = (&run.workflow_id, &run.run_id);
        let found = |is_new| Started {
            at,
            run_id: run_id.clone(),
            is_new,
            status: run.state.status,
        };
        let request = &begin.request_id;
        if run.request_id == *request {
            return Ok(Some(found(true)));
        }
        if run.has_attached(request) {
            return Ok(Some(found(false)));
        }
        let refuse = |text: String| Err(error::already_started(text, &run.request_id, run_id));
        if run.state.is_running() {
            return match policy.conflict {
                WorkflowIdConflictPolicy::UseExisting => {
                    let found = found(false);
                    if let Some(wanted) = policy.attach {
                        self.attach(at, begin, wanted)?;
                    }
                    Ok(Some(found))
                }
                WorkflowIdConflictPolicy::TerminateExisting => {
                    self.make_way(at, &begin.run_id);
                    Ok(None)
                }
                WorkflowIdConflictPolicy::Fail | WorkflowIdConflictPolicy::Unspecified => {
                    refuse(format!(
                        "Workflow execution is already running. WorkflowId: {id}, RunId: {run_id}."
                    ))
                }
            };
        }
        match refusal_of_closed(run, policy.reuse) {
            Some(text) => refuse(text),
            None => Ok(None),
        }
    }

    /// Leaves in the open run what the start brought with it.
    fn attach(
        &mut self,
        at: RunRef,
        begin: &Begin,
        wanted: OnConflictOptions,
    ) -> Result<(), Status> {
        let request = wanted.attach_request_id.then(|| begin.request_id.clone());
        let links = wanted.attach_links.then(|| begin.links.clone());
        let change = Change {
            attached_request_id: request.unwrap_or_default(),
            ..Default::default()
        };
        let taken = self.step(at, |run| {
            run.update_options(change, links.unwrap_or_default())
        });
        taken.unwrap_or_else(|| Err(error::closed()))
    }

    /// Ends the open run for the one that takes its id.
    fn make_way(&mut self, at: RunRef, new_run: &str) {
        let reason = "TerminateIfRunning WorkflowIdReusePolicy";
        let details = format!("\"terminated by new runID: {new_run}\"");
        let details = crate::run::json(details.into_bytes());
        self.step(at, |run| {
            run.terminate(reason, Some(details), SERVER, Vec::new())
        });
    }

    /// Begins a new run.
    pub(super) fn insert(&mut self, mut begin: Begin) -> RunRef {
        let inherited = begin.started.time_skipping_state_propagation.as_ref();
        let now = self.clock.now().after(skip::inherited(inherited));
        self.fill_in(&mut begin, now);
        self.put(Run::begin(begin, now))
    }

    /// Puts a new run in, as the newest of its id.
    pub(super) fn put(&mut self, run: Run) -> RunRef {
        self.last_ref += 1;
        let at = RunRef(self.last_ref);
        let key = (run.namespace.clone(), run.workflow_id.clone());
        self.by_run_id.insert(run.run_id.clone(), at);
        self.current.insert(key, at);
        self.runs.insert(at, run);
        self.step(at, |_| ());
        at
    }

    fn fill_in(&self, begin: &mut Begin, now: Time) {
        let run_id = begin.run_id.clone();
        let started = &mut begin.started;
        started.workflow_id.clone_from(&begin.workflow_id);
        if started.first_execution_run_id.is_empty() {
            started.first_execution_run_id.clone_from(&run_id);
        }
        if started.original_execution_run_id.is_empty() {
            started.original_execution_run_id = run_id;
        }
        started.attempt = started.attempt.max(1);
        let first = started.continued_execution_run_id.is_empty();
        let limit = span(started.workflow_execution_timeout.as_ref());
        let backoff = span(started.first_workflow_task_backoff.as_ref());
        if first && !started.cron_schedule.is_empty() && backoff.is_zero() {
            let backoff = crate::run::cron::backoff(&started.cron_schedule, now, now);
            started.first_workflow_task_backoff = backoff.map(crate::clock::proto_span);
        }
        if first && !limit.is_zero() {
            let backoff = span(started.first_workflow_task_backoff.as_ref());
            let expires = now.after(backoff).after(limit);
            started.workflow_execution_expiration_time = Some(expires.proto());
        }
        if self.settings.mode == SkipMode::EveryRun && started.time_skipping_config.is_none() {
            started.time_skipping_config = Some(common::TimeSkippingConfig {
                enabled: true,
                max_session_skip_count: i32::MAX,
                ..Default::default()
            });
        }
    }
}

/// Why the id of a closed run may not be used again.
fn refusal_of_closed(run: &Run, reuse: WorkflowIdReusePolicy) -> Option<String> {
    let (id, run_id) = (&run.workflow_id, &run.run_id);
    let well = matches!(
        run.state.status,
        RunStatus::Completed | RunStatus::ContinuedAsNew
    );
    match reuse {
        WorkflowIdReusePolicy::RejectDuplicate => Some(format!(
            "Workflow execution already finished. WorkflowId: {id}, RunId: {run_id}. Workflow Id reuse policy: reject duplicate workflow Id."
        )),
        WorkflowIdReusePolicy::AllowDuplicateFailedOnly if well => Some(format!(
            "Workflow execution already finished successfully. WorkflowId: {id}, RunId: {run_id}. Workflow Id reuse policy: allow duplicate workflow Id if last run failed."
        )),
        _ => None,
    }
}
