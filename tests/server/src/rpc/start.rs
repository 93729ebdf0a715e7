//! Starting workflows, alone or with a signal.

use tonic::Status;

use super::{check_id, check_payloads};
use crate::{
    clock::{proto_span, span},
    error,
    proto::{
        Span, common,
        enums::{TaskQueueKind, WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
        history, service, taskqueue,
    },
    run::{Begin, cron, fresh_id, retry, signal::Signal},
    server::Shared,
    store::{Namespace, SkipMode, StartPolicy, Started, Store, TASK_TIMEOUT},
};

/// A workflow task may not take longer than this.
const LONGEST_TASK: std::time::Duration = std::time::Duration::from_secs(120);

impl Shared {
    pub(super) fn start_workflow_execution(
        &self,
        request: service::StartWorkflowExecutionRequest,
    ) -> Result<service::StartWorkflowExecutionResponse, Status> {
        let mut store = self.store();
        let started = start(&mut store, request);
        store.finish();
        started.map(|started| response(&started))
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

/// The answer to a start.
pub(super) fn response(started: &Started) -> service::StartWorkflowExecutionResponse {
    service::StartWorkflowExecutionResponse {
        run_id: started.run_id.clone(),
        started: started.is_new,
        status: started.status.into(),
        ..Default::default()
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
    request: service::StartWorkflowExecutionRequest,
    signal: Option<Signal>,
) -> Result<Started, Status> {
    store.check_namespace(&request.namespace)?;
    check(store, &request)?;
    let policy = policy(&request)?;
    let begin = Begin {
        signal,
        ..begin(request)
    };
    store.start(begin, policy)
}

fn check(store: &Store, request: &service::StartWorkflowExecutionRequest) -> Result<(), Status> {
    check_id(&request.workflow_id, "WorkflowId")?;
    let kind = request.workflow_type.as_ref().map_or("", |kind| &kind.name);
    check_id(kind, "WorkflowType")?;
    let queue = request.task_queue.as_ref().map_or("", |queue| &queue.name);
    check_id(queue, "TaskQueue")?;
    check_payloads(request.input.as_ref())?;
    let spans = [
        (&request.workflow_execution_timeout, "WorkflowExecutionTimeout"),
        (&request.workflow_run_timeout, "WorkflowRunTimeout"),
        (&request.workflow_task_timeout, "WorkflowTaskTimeout"),
        (&request.workflow_start_delay, "WorkflowStartDelay"),
    ];
    for (span, name) in spans {
        if span.as_ref().is_some_and(|span| span.seconds < 0 || span.nanos < 0) {
            return Err(error::invalid(format!("Invalid {name}.")));
        }
    }
    if let Some(policy) = &request.retry_policy {
        retry::check(policy).map_err(error::invalid)?;
    }
    if !request.cron_schedule.is_empty() {
        if !span(request.workflow_start_delay.as_ref()).is_zero() {
            let text = "CronSchedule and WorkflowStartDelay may not be used together.";
            return Err(error::invalid(text));
        }
        if !cron::is_valid(&request.cron_schedule) {
            return Err(error::invalid("Invalid CronSchedule."));
        }
    }
    if request.time_skipping_config.is_some() && store.settings.mode == SkipMode::Global {
        return Err(error::invalid(
            "this test server has one clock for all runs: time skipping can't be set for one",
        ));
    }
    let namespace = store.namespaces.get(&request.namespace);
    check_attributes(namespace, &request.namespace, request.search_attributes.as_ref())
}

/// Search attributes must be registered.
pub(crate) fn check_attributes(
    namespace: Option<&Namespace>,
    name: &str,
    attributes: Option<&common::SearchAttributes>,
) -> Result<(), Status> {
    let (Some(namespace), Some(attributes)) = (namespace, attributes) else {
        return Ok(());
    };
    let mut keys = attributes.indexed_fields.keys();
    match keys.find(|key| namespace.kind_of(key).is_none()) {
        Some(key) => Err(error::invalid(format!(
            "Namespace {name} has no mapping defined for search attribute {key}"
        ))),
        None => Ok(()),
    }
}

fn policy(request: &service::StartWorkflowExecutionRequest) -> Result<StartPolicy, Status> {
    let mut reuse = request.workflow_id_reuse_policy();
    let mut conflict = request.workflow_id_conflict_policy();
    // Deprecated, and still what older clients send.
    #[expect(deprecated, reason = "clients still send it")]
    let terminate = WorkflowIdReusePolicy::TerminateIfRunning;
    if reuse == terminate {
        if conflict != WorkflowIdConflictPolicy::Unspecified {
            return Err(error::invalid("Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING cannot be used together with a WorkflowIDConflictPolicy."));
        }
        reuse = WorkflowIdReusePolicy::AllowDuplicate;
        conflict = WorkflowIdConflictPolicy::TerminateExisting;
    }
    if reuse == WorkflowIdReusePolicy::RejectDuplicate
        && conflict == WorkflowIdConflictPolicy::TerminateExisting
    {
        return Err(error::invalid("Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE cannot be used together with WorkflowIdConflictPolicy WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING."));
    }
    Ok(StartPolicy { reuse, conflict })
}

fn begin(request: service::StartWorkflowExecutionRequest) -> Begin {
    let request_id = match request.request_id.as_str() {
        "" => fresh_id(),
        id => id.to_owned(),
    };
    let run_id = fresh_id();
    let (run, task) = timeouts(&request);
    let started = history::WorkflowExecutionStartedEventAttributes {
        workflow_type: request.workflow_type,
        task_queue: request.task_queue.map(|queue| taskqueue::TaskQueue {
            kind: TaskQueueKind::Normal.into(),
            ..queue
        }),
        input: request.input,
        workflow_execution_timeout: request.workflow_execution_timeout,
        workflow_run_timeout: run,
        workflow_task_timeout: Some(task),
        identity: request.identity,
        retry_policy: request.retry_policy.map(|policy| retry::with_defaults(Some(policy))),
        cron_schedule: request.cron_schedule,
        first_workflow_task_backoff: Some(request.workflow_start_delay.unwrap_or_default()),
        memo: request.memo,
        search_attributes: request.search_attributes,
        header: request.header,
        continued_failure: request.continued_failure,
        last_completion_result: request.last_completion_result,
        priority: request.priority,
        time_skipping_config: request.time_skipping_config,
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

/// The run's and the workflow task's timeouts, as Temporal fills them in.
fn timeouts(request: &service::StartWorkflowExecutionRequest) -> (Option<Span>, Span) {
    let whole = span(request.workflow_execution_timeout.as_ref());
    let run = span(request.workflow_run_timeout.as_ref());
    let run = match (whole.is_zero(), run.is_zero()) {
        (true, _) => run,
        (false, true) => whole,
        (false, false) => run.min(whole),
    };
    let task = span(request.workflow_task_timeout.as_ref());
    let task = if task.is_zero() { TASK_TIMEOUT } else { task };
    let task = task.min(LONGEST_TASK);
    let task = if run.is_zero() { task } else { task.min(run) };
    let given = request.workflow_run_timeout.is_some() || !run.is_zero();
    (given.then(|| proto_span(run)), proto_span(task))
}
