//! What a run's step does to the rest of the server.

use super::{RunRef, StartPolicy, Store};
use crate::{
    proto::{
        WorkflowExecution,
        enums::{ParentClosePolicy, WorkflowIdConflictPolicy},
        history,
    },
    queue::{QueueKey, Task},
    run::{
        Begin, Run,
        effect::{ChildEnd, Effect},
        fresh_id,
        nexus::Callback,
        priority,
        signal::{CancelRequest, SERVER, Signal},
    },
};

impl Store {
    pub(super) fn perform(&mut self, at: RunRef, effect: Effect) {
        match effect {
            Effect::OfferTask { sticky, task } => self.offer_task(at, sticky, task),
            Effect::OfferActivity { queue, task } => self.offer(at, &queue, true, task),
            Effect::OfferRequest { endpoint, task } => self.offer_request(at, &endpoint, task),
            Effect::TellOperation { callback, end } => self.tell_operation(&callback, end),
            Effect::StartChild(id) => self.start_child(at, id),
            Effect::SignalOther(id) => self.signal_other(at, id),
            Effect::CancelOther(id) => self.cancel_other(at, id),
            Effect::TellParent(end) => {
                self.of_parent(at, |run, id, child| run.child_ended(id, child, end));
            }
            Effect::Idle(idle) => self.of_parent(at, |run, id, _| run.child_is_idle(id, idle)),
            Effect::Orphan {
                workflow_id,
                run_id,
                policy,
            } => self.orphan(at, &workflow_id, &run_id, policy),
            Effect::Continue(begin) => {
                self.insert(*begin);
            }
        }
    }

    /// Gives a task to the worker that has the run in its cache, if that one still polls.
    fn offer_task(&mut self, at: RunRef, sticky: Option<String>, task: Task) {
        let Some(run) = self.runs.get(&at) else {
            return;
        };
        let normal = run.task_queue().to_owned();
        let Some(sticky) = sticky else {
            return self.offer(at, &normal, false, task);
        };
        let key = QueueKey {
            namespace: run.namespace.clone(),
            name: sticky,
            activity: false,
        };
        let now = self.clock.now();
        let stays = self.runs.get(&at).is_some_and(|run| !self.has_moved(run));
        if stays
            && self
                .queues
                .get(&key)
                .is_some_and(|queue| queue.is_served(now))
        {
            return self.offer(at, &key.name, false, task);
        }
        self.step(at, crate::run::Run::forget_sticky);
        self.offer(at, &normal, false, task);
    }

    /// Gives a request to the workers behind an endpoint. Without that it waits for its timeout.
    fn offer_request(&mut self, at: RunRef, endpoint: &str, task: Task) {
        if let Some(key) = self.endpoints.queue_of(endpoint) {
            self.queue_mut(&key).push(at, task);
        }
    }

    fn tell_operation(&mut self, callback: &Callback, end: ChildEnd) {
        if let Some(caller) = self.by_run_id.get(&callback.run_id).copied() {
            self.step(caller, |run| {
                run.operation_run_ended(callback.scheduled, &callback.request_id, end);
            });
        }
    }

    fn start_child(&mut self, parent: RunRef, id: i64) {
        let Some(run) = self.runs.get(&parent) else {
            return;
        };
        let Some(child) = run.child_initiated(id).cloned() else {
            return;
        };
        // Whatever its policy: a parent that closes in the same task starts no child any more.
        if !run.state.is_running() {
            return;
        }
        let reuse = child.workflow_id_reuse_policy();
        let policy = StartPolicy::new(reuse, WorkflowIdConflictPolicy::Fail);
        let begin = self.child_begin(parent, id, child);
        match begin.and_then(|begin| self.start(begin, policy).ok()) {
            Some(started) => {
                self.step(parent, |run| run.child_started(id, &started.run_id));
            }
            None => {
                self.step(parent, |run| run.child_refused(id));
            }
        }
    }

    fn child_begin(
        &self,
        parent: RunRef,
        id: i64,
        child: history::StartChildWorkflowExecutionInitiatedEventAttributes,
    ) -> Option<Begin> {
        let run = self.runs.get(&parent)?;
        let parent = run.started()?;
        let run_id = fresh_id();
        let started = history::WorkflowExecutionStartedEventAttributes {
            workflow_type: child.workflow_type,
            parent_workflow_namespace: run.namespace.clone(),
            parent_workflow_execution: Some(run.execution()),
            parent_initiated_event_id: id,
            root_workflow_execution: Some(run.root()),
            task_queue: child.task_queue,
            input: child.input,
            workflow_execution_timeout: child.workflow_execution_timeout,
            workflow_run_timeout: child.workflow_run_timeout,
            workflow_task_timeout: child.workflow_task_timeout,
            retry_policy: child.retry_policy,
            cron_schedule: child.cron_schedule,
            memo: child.memo,
            search_attributes: child.search_attributes,
            header: child.header,
            priority: priority::merge(parent.priority.as_ref(), child.priority),
            first_workflow_task_backoff: Some(crate::proto::Span::default()),
            time_skipping_config: child.time_skipping_config,
            time_skipping_state_propagation: child.time_skipping_state_propagation,
            ..Default::default()
        };
        Some(Begin {
            namespace: run.namespace.clone(),
            workflow_id: child.workflow_id,
            run_id,
            request_id: fresh_id(),
            started,
            user_metadata: run.event(id).and_then(|event| event.user_metadata.clone()),
            ..Default::default()
        })
    }

    /// The run that a command of another one means, if it is open and not the same.
    fn target(&self, from: RunRef, to: &WorkflowExecution, child_only: bool) -> Option<RunRef> {
        let run = self.runs.get(&from)?;
        let at = self.find(&run.namespace, to).ok()?;
        let target = self.runs.get(&at)?;
        let parent = target.started()?.parent_workflow_execution.as_ref();
        let is_child = parent.is_some_and(|parent| parent.run_id == run.run_id);
        let fits = at != from && target.state.is_running() && (is_child || !child_only);
        fits.then_some(at)
    }

    fn signal_other(&mut self, at: RunRef, id: i64) {
        let Some(run) = self.runs.get(&at) else {
            return;
        };
        let Some(sent) = run.signal_initiated(id).cloned() else {
            return;
        };
        let from = run.execution();
        let to = sent.workflow_execution.unwrap_or_default();
        let target = self.target(at, &to, sent.child_workflow_only);
        let signal = Signal {
            name: sent.signal_name,
            input: sent.input,
            identity: SERVER.to_owned(),
            header: sent.header,
            request_id: fresh_id(),
            from: Some(from),
            links: Vec::new(),
        };
        let taken = target.and_then(|target| self.step(target, |run| run.signal(signal)));
        self.step(at, |run| run.signal_done(id, matches!(taken, Some(Ok(())))));
    }

    fn cancel_other(&mut self, at: RunRef, id: i64) {
        let Some(run) = self.runs.get(&at) else {
            return;
        };
        let Some(sent) = run.cancel_initiated(id).cloned() else {
            return;
        };
        let from = run.execution();
        let to = sent.workflow_execution.unwrap_or_default();
        let target = self.target(at, &to, sent.child_workflow_only);
        let request = CancelRequest {
            cause: sent.reason,
            identity: SERVER.to_owned(),
            from: Some((from, id)),
            links: Vec::new(),
        };
        let taken = target.and_then(|target| self.step(target, |run| run.request_cancel(request)));
        self.step(at, |run| run.cancel_done(id, matches!(taken, Some(Ok(())))));
    }

    /// A step of the run's parent, if it is open: with the event that initiated the run, and the
    /// run's id.
    fn of_parent(&mut self, at: RunRef, act: impl FnOnce(&mut Run, i64, &str)) {
        let Some(run) = self.runs.get(&at) else {
            return;
        };
        let (Some(started), run_id) = (run.started(), run.run_id.clone()) else {
            return;
        };
        let id = started.parent_initiated_event_id;
        let parent = started.parent_workflow_execution.as_ref();
        let parent = parent.and_then(|parent| self.by_run_id.get(&parent.run_id).copied());
        if let Some(parent) = parent.filter(|parent| self.is_open(*parent)) {
            self.step(parent, |run| act(run, id, &run_id));
        }
    }

    fn orphan(&mut self, at: RunRef, workflow_id: &str, run_id: &str, policy: ParentClosePolicy) {
        let Some(parent) = self.runs.get(&at) else {
            return;
        };
        let from = parent.execution();
        let namespace = parent.namespace.clone();
        // The child may have gone on in another run since.
        let newest = self
            .current
            .get(&(namespace, workflow_id.to_owned()))
            .copied();
        let child = newest.or_else(|| self.by_run_id.get(run_id).copied());
        let child = child.filter(|child| self.is_open(*child) && self.is_child_of(*child, &from));
        let Some(child) = child else {
            return;
        };
        match policy {
            ParentClosePolicy::Abandon => {}
            ParentClosePolicy::RequestCancel => {
                let request = CancelRequest {
                    identity: SERVER.to_owned(),
                    from: Some((from, 0)),
                    ..Default::default()
                };
                self.step(child, |run| run.request_cancel(request));
            }
            ParentClosePolicy::Terminate | ParentClosePolicy::Unspecified => {
                let reason = "by parent close policy";
                self.step(child, |run| run.terminate(reason, None, SERVER, Vec::new()));
            }
        }
    }

    fn is_child_of(&self, child: RunRef, parent: &WorkflowExecution) -> bool {
        let started = self.runs.get(&child).and_then(|run| run.started());
        let known = started.and_then(|started| started.parent_workflow_execution.as_ref());
        known == Some(parent)
    }

    pub(super) fn is_open(&self, at: RunRef) -> bool {
        self.runs.get(&at).is_some_and(|run| run.state.is_running())
    }
}
