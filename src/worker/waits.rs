//! What begins and ends a run's waits, read from the SDK's messages.

use std::time::{Duration, SystemTime};

use temporalio_common::protos::coresdk::{
    workflow_activation::{
        WorkflowActivationJob, resolve_child_workflow_execution_start as child,
        resolve_nexus_operation_start as nexus, workflow_activation_job::Variant as Job,
    },
    workflow_commands::{
        WorkflowCommand, signal_external_workflow_execution::Target,
        workflow_command::Variant as Command,
    },
};

use crate::execution::{
    Wait,
    WaitChange::{self, Begins, Ends},
    WaitKind::*,
};

/// Returns what a job ends.
pub(super) fn ended(job: &WorkflowActivationJob) -> Option<WaitChange> {
    let (kind, number) = match job.variant.as_ref()? {
        Job::FireTimer(job) => (Timer, job.seq),
        Job::ResolveActivity(job) if job.is_local => (LocalActivity, job.seq),
        Job::ResolveActivity(job) => (Activity, job.seq),
        Job::ResolveChildWorkflowExecutionStart(job) => match job.status {
            Some(child::Status::Succeeded(_)) => return None,
            _ => (ChildWorkflow, job.seq),
        },
        Job::ResolveChildWorkflowExecution(job) => (ChildWorkflow, job.seq),
        Job::ResolveSignalExternalWorkflow(job) => (ExternalSignal, job.seq),
        Job::ResolveRequestCancelExternalWorkflow(job) => (ExternalCancel, job.seq),
        Job::ResolveNexusOperationStart(job) => match job.status {
            Some(nexus::Status::Failed(_)) => (NexusOperation, job.seq),
            _ => return None,
        },
        Job::ResolveNexusOperation(job) => (NexusOperation, job.seq),
        _ => return None,
    };
    Some(Ends(kind, number))
}

/// Returns what a command begins, or ends.
pub(super) fn changed(command: &WorkflowCommand) -> Option<WaitChange> {
    let wait = match command.variant.as_ref()? {
        Command::StartTimer(c) => {
            let span = c.start_to_fire_timeout;
            let span = span.and_then(|span| Duration::try_from(span).ok());
            Wait::new(Timer, c.seq).lasting(span.unwrap_or_default())
        }
        // Its future is ready at once, without a job.
        Command::CancelTimer(c) => return Some(Ends(Timer, c.seq)),
        Command::ScheduleActivity(c) => Wait::new(Activity, c.seq)
            .named(&c.activity_type)
            .with_id(&c.activity_id),
        Command::ScheduleLocalActivity(c) => {
            let first = c.original_schedule_time;
            Wait::new(LocalActivity, c.seq)
                .named(&c.activity_type)
                .with_id(&c.activity_id)
                .since_then(first.and_then(|first| SystemTime::try_from(first).ok()))
        }
        Command::StartChildWorkflowExecution(c) => Wait::new(ChildWorkflow, c.seq)
            .named(&c.workflow_type)
            .with_id(&c.workflow_id),
        Command::SignalExternalWorkflowExecution(c) => {
            let target = match c.target.as_ref() {
                Some(Target::WorkflowExecution(other)) => other.workflow_id.as_str(),
                Some(Target::ChildWorkflowId(child)) => child.as_str(),
                None => "",
            };
            Wait::new(ExternalSignal, c.seq)
                .named(&c.signal_name)
                .with_id(target)
        }
        Command::RequestCancelExternalWorkflowExecution(c) => {
            let other = c.workflow_execution.as_ref();
            let target = other.map_or("", |other| &*other.workflow_id);
            Wait::new(ExternalCancel, c.seq).with_id(target)
        }
        Command::ScheduleNexusOperation(c) => Wait::new(NexusOperation, c.seq)
            .named(&c.operation)
            .with_id(&c.endpoint),
        _ => return None,
    };
    Some(Begins(wait))
}
