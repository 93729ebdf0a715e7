//! What a start may not ask for.

use tonic::Status;

use crate::{
    clock::span,
    error,
    proto::{
        common,
        enums::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
        service,
    },
    rpc::{check_id, check_payloads},
    run::{cron, nexus::Callback, retry, skip},
    store::{Namespace, SkipMode, StartPolicy, Store},
};

/// The request must make sense.
pub(super) fn check(
    store: &Store,
    request: &service::StartWorkflowExecutionRequest,
) -> Result<(), Status> {
    check_id(&request.workflow_id, "WorkflowId")?;
    let kind = request.workflow_type.as_ref().map_or("", |kind| &kind.name);
    check_id(kind, "WorkflowType")?;
    let queue = request.task_queue.as_ref().map_or("", |queue| &queue.name);
    check_id(queue, "TaskQueue")?;
    check_payloads(request.input.as_ref())?;
    let spans = [
        (
            &request.workflow_execution_timeout,
            "WorkflowExecutionTimeout",
        ),
        (&request.workflow_run_timeout, "WorkflowRunTimeout"),
        (&request.workflow_task_timeout, "WorkflowTaskTimeout"),
        (&request.workflow_start_delay, "WorkflowStartDelay"),
    ];
    for (span, name) in spans {
        if span
            .as_ref()
            .is_some_and(|span| span.seconds < 0 || span.nanos < 0)
        {
            return Err(error::invalid(format!("Invalid {name}.")));
        }
    }
    if let Some(policy) = &request.retry_policy {
        retry::check(policy).map_err(error::invalid)?;
    }
    check_cron(request)?;
    let mut callbacks = request.completion_callbacks.iter();
    if callbacks.any(|callback| Callback::read(callback).is_none()) {
        // As Temporal does where no address is allowed.
        return Err(error::invalid(
            "invalid callback: its address does not match any configured one",
        ));
    }
    let namespace = store.namespaces.get(&request.namespace);
    check_attributes(
        namespace,
        &request.namespace,
        request.search_attributes.as_ref(),
    )
}

/// The run's own options of time skipping, complete.
pub(in crate::rpc) fn skipping(
    store: &Store,
    config: Option<common::TimeSkippingConfig>,
) -> Result<Option<common::TimeSkippingConfig>, Status> {
    let Some(config) = config else {
        return Ok(None);
    };
    if store.settings.mode == SkipMode::Global {
        return Err(error::invalid(
            "this test server has one clock for all runs: time skipping can't be set for one",
        ));
    }
    skip::fill_in(config).map(Some).map_err(error::invalid)
}

fn check_cron(request: &service::StartWorkflowExecutionRequest) -> Result<(), Status> {
    if !request.cron_schedule.is_empty() {
        if !span(request.workflow_start_delay.as_ref()).is_zero() {
            let text = "CronSchedule and WorkflowStartDelay may not be used together.";
            return Err(error::invalid(text));
        }
        if !cron::is_valid(&request.cron_schedule) {
            return Err(error::invalid("Invalid CronSchedule."));
        }
    }
    Ok(())
}

/// Search attributes must be registered.
fn check_attributes(
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

/// What to do about a run with the same id.
pub(super) fn policy(
    request: &service::StartWorkflowExecutionRequest,
) -> Result<StartPolicy, Status> {
    let (reuse, wanted) = (
        request.workflow_id_reuse_policy(),
        request.workflow_id_conflict_policy(),
    );
    let policy = StartPolicy::new(reuse, wanted);
    if policy.reuse != reuse && wanted != WorkflowIdConflictPolicy::Unspecified {
        return Err(error::invalid(
            "Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING cannot be used together with a WorkflowIDConflictPolicy.",
        ));
    }
    if policy.reuse == WorkflowIdReusePolicy::RejectDuplicate
        && policy.conflict == WorkflowIdConflictPolicy::TerminateExisting
    {
        return Err(error::invalid(
            "Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE cannot be used together with WorkflowIdConflictPolicy WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING.",
        ));
    }
    let attach = request.on_conflict_options;
    if attach.is_some_and(|attach| attach.attach_completion_callbacks && !attach.attach_request_id)
    {
        return Err(error::invalid(
            "attaching request ID is required for attaching completion callbacks",
        ));
    }
    Ok(StartPolicy { attach, ..policy })
}
