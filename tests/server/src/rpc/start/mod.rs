//! Starting workflows, alone or with a signal.

mod check;

use tonic::Status;

pub(super) use self::check::skipping;
use self::check::{check, policy};
use super::{check_id, check_payloads};
use crate::{
    clock::{proto_span, span},
    error,
    proto::{
        EventType,
        common::{Link, link},
        enums::{TaskQueueKind, WorkflowIdConflictPolicy},
        history, service, taskqueue,
    },
    run::{
        Begin, Run, fresh_id, retry,
        signal::Signal,
        timeouts,
        worker::{Worker, polled_by},
    },
    server::Shared,
    store::{Started, Store},
};

impl Shared {
    pub(super) fn start_workflow_execution(
        &self,
        request: service::StartWorkflowExecutionRequest,
    ) -> Result<service::StartWorkflowExecutionResponse, Status> {
        let mut store = self.store();
        let eager = is_eager(&request).then(|| {
            let version = polled_by(request.eager_worker_deployment_options.as_ref(), None);
            Worker::new(request.identity.clone(), version)
        });
        let started = start(&mut store, request);
        let task = match (&started, eager) {
            (Ok(started), Some(worker)) if started.is_new => {
                store.transact(started.at, |run| run.start_next_task(&worker))
            }
            _ => None,
        };
        store.finish();
        let mut response = response(&store, &started?);
        response.eager_workflow_task = task.flatten();
        Ok(response)
    }

    pub(super) fn signal_with_start(
        &self,
        request: service::SignalWithStartWorkflowExecutionRequest,
    ) -> Result<service::SignalWithStartWorkflowExecutionResponse, Status> {
        check_id(&request.signal_name, "SignalName")?;
        check_payloads(request.signal_input.as_ref())?;
        let signal = Signal {
            name: request.signal_name.clone(),
            input: request.signal_input.clone(),
            identity: request.identity.clone(),
            header: request.header.clone(),
            request_id: request.request_id.clone(),
            from: None,
            links: request.links.clone(),
        };
        let mut start_request = plain(request);
        let policy = start_request.workflow_id_conflict_policy();
        if policy == WorkflowIdConflictPolicy::Unspecified {
            start_request.set_workflow_id_conflict_policy(WorkflowIdConflictPolicy::UseExisting);
        }
        let mut store = self.store();
        let started = start_with(&mut store, start_request, Some(signal.clone()));
        let signaled = started.and_then(|started| {
            if !started.is_new {
                let taken = store.transact(started.at, |run| run.signal(signal));
                taken.unwrap_or_else(|| Err(error::closed()))?;
            }
            Ok(started)
        });
        store.finish();
        let started = signaled?;
        Ok(service::SignalWithStartWorkflowExecutionResponse {
            run_id: started.run_id,
            started: started.is_new,
            ..Default::default()
        })
    }
}

/// Whether the first task comes with the answer.
fn is_eager(request: &service::StartWorkflowExecutionRequest) -> bool {
    request.request_eager_execution
        && request.cron_schedule.is_empty()
        && span(request.workflow_start_delay.as_ref()).is_zero()
}

/// The answer to a start.
pub(super) fn response(
    store: &Store,
    started: &Started,
) -> service::StartWorkflowExecutionResponse {
    service::StartWorkflowExecutionResponse {
        run_id: started.run_id.clone(),
        started: started.is_new,
        status: started.status.into(),
        link: store.run(started.at).map(link_to_start),
        ..Default::default()
    }
}

/// A link to a run's first event.
fn link_to_start(run: &Run) -> Link {
    let event = link::workflow_event::EventReference {
        event_id: 1,
        event_type: EventType::WorkflowExecutionStarted.into(),
    };
    Link {
        variant: Some(link::Variant::WorkflowEvent(link::WorkflowEvent {
            namespace: run.namespace.clone(),
            workflow_id: run.workflow_id.clone(),
            run_id: run.run_id.clone(),
            reference: Some(link::workflow_event::Reference::EventRef(event)),
        })),
    }
}

fn plain(
    request: service::SignalWithStartWorkflowExecutionRequest,
) -> service::StartWorkflowExecutionRequest {
    service::StartWorkflowExecutionRequest {
        namespace: request.namespace,
        workflow_id: request.workflow_id,
        workflow_type: request.workflow_type,
        task_queue: request.task_queue,
        input: request.input,
        workflow_execution_timeout: request.workflow_execution_timeout,
        workflow_run_timeout: request.workflow_run_timeout,
        workflow_task_timeout: request.workflow_task_timeout,
        identity: request.identity,
        request_id: request.request_id,
        workflow_id_reuse_policy: request.workflow_id_reuse_policy,
        workflow_id_conflict_policy: request.workflow_id_conflict_policy,
        retry_policy: request.retry_policy,
        cron_schedule: request.cron_schedule,
        memo: request.memo,
        search_attributes: request.search_attributes,
        header: request.header,
        workflow_start_delay: request.workflow_start_delay,
        user_metadata: request.user_metadata,
        links: request.links,
        priority: request.priority,
        time_skipping_config: request.time_skipping_config,
        ..Default::default()
    }
}

/// Starts what a request asks for; the caller finishes the transaction.
pub(crate) fn start(
    store: &mut Store,
    request: service::StartWorkflowExecutionRequest,
) -> Result<Started, Status> {
    start_with(store, request, None)
}

fn start_with(
    store: &mut Store,
    mut request: service::StartWorkflowExecutionRequest,
    signal: Option<Signal>,
) -> Result<Started, Status> {
    store.check_namespace(&request.namespace)?;
    check(store, &request)?;
    request.time_skipping_config = skipping(store, request.time_skipping_config)?;
    let policy = policy(&request)?;
    let begin = Begin {
        signal,
        ..begin(request)
    };
    store.start(begin, policy)
}

fn begin(request: service::StartWorkflowExecutionRequest) -> Begin {
    let eager_execution_accepted = is_eager(&request);
    let request_id = match request.request_id.as_str() {
        "" => fresh_id(),
        id => id.to_owned(),
    };
    let run_id = fresh_id();
    let (run, task) = timeouts::fill_in(
        request.workflow_execution_timeout.as_ref(),
        request.workflow_run_timeout.as_ref(),
        request.workflow_task_timeout.as_ref(),
    );
    let given = request.workflow_run_timeout.is_some() || !run.is_zero();
    let started = history::WorkflowExecutionStartedEventAttributes {
        workflow_type: request.workflow_type,
        task_queue: request.task_queue.map(|queue| taskqueue::TaskQueue {
            kind: TaskQueueKind::Normal.into(),
            ..queue
        }),
        input: request.input,
        workflow_execution_timeout: request.workflow_execution_timeout,
        workflow_run_timeout: given.then(|| proto_span(run)),
        workflow_task_timeout: Some(proto_span(task)),
        identity: request.identity,
        retry_policy: request
            .retry_policy
            .map(|policy| retry::with_defaults(Some(policy))),
        cron_schedule: request.cron_schedule,
        first_workflow_task_backoff: Some(request.workflow_start_delay.unwrap_or_default()),
        memo: request.memo,
        search_attributes: request.search_attributes,
        header: request.header,
        continued_failure: request.continued_failure,
        last_completion_result: request.last_completion_result,
        priority: request.priority,
        time_skipping_config: request.time_skipping_config,
        completion_callbacks: request.completion_callbacks,
        eager_execution_accepted,
        ..Default::default()
    };
    Begin {
        namespace: request.namespace,
        workflow_id: request.workflow_id,
        run_id,
        request_id,
        started,
        user_metadata: request.user_metadata,
        links: request.links,
        ..Default::default()
    }
}
