use std::sync::Arc;

use temporalio_common::protos::{
    coresdk::{
        workflow_activation::{
            InitializeWorkflow, RemoveFromCache, WorkflowActivation,
            remove_from_cache::EvictionReason, workflow_activation_job::Variant,
        },
        workflow_commands::workflow_command,
        workflow_completion::{
            Failure as TaskFailed, WorkflowActivationCompletion,
            workflow_activation_completion::Status,
        },
    },
    temporal::api::{
        enums::v1::WorkflowTaskFailedCause,
        failure::v1::{Failure, failure::FailureInfo},
    },
};

use crate::{
    clock,
    execution::Fields,
    observe::{Done, NON_DETERMINISM, Observer, Seated, Started, TaskFailure},
    redact::harmless,
    schema::Field,
};

/// How much of a message or of an error's type is shown, in bytes.
const LONGEST: usize = 1000;

/// Notes what an activation asks for.
pub(super) fn activated(seated: &Seated, activation: &WorkflowActivation) {
    let jobs = || {
        activation
            .jobs
            .iter()
            .filter_map(|job| job.variant.as_ref())
    };
    let evicts = jobs().find_map(|job| match job {
        Variant::RemoveFromCache(evicts) => Some(evicts),
        _ => None,
    });
    let starts = jobs().find_map(|job| match job {
        Variant::InitializeWorkflow(starts) => Some(starts),
        _ => None,
    });
    let run_id = &*activation.run_id;
    if let Some(evicts) = evicts {
        return evicted(seated, run_id, evicts);
    }
    let started = Started {
        is_replay: activation.is_replaying,
        advances: !jobs().any(|job| matches!(job, Variant::QueryWorkflow(_))),
        history_length: activation.history_length,
    };
    let about = starts.map(|starts| Arc::new(about(seated, run_id, starts)));
    seated.activated(run_id, started, about);
}

fn about(seated: &Seated, run_id: &str, starts: &InitializeWorkflow) -> Fields {
    Fields::default()
        .with(Field::Namespace, seated.namespace())
        .with(Field::TaskQueue, seated.task_queue())
        .with(Field::WorkflowId, &*starts.workflow_id)
        .with(Field::RunId, run_id)
        .with(Field::WorkflowType, &*starts.workflow_type)
        .with(Field::Attempt, u32::try_from(starts.attempt).unwrap_or(1))
}

fn evicted(seated: &Seated, run_id: &str, evicts: &RemoveFromCache) {
    let reason = evicts.reason();
    // The core found out itself that the task failed; of other failures it was told.
    let cause = match reason {
        EvictionReason::Nondeterminism => Some(NON_DETERMINISM),
        EvictionReason::Fatal => Some("FATAL"),
        _ => None,
    };
    let failure = cause.map(|cause| TaskFailure {
        cause,
        error_type: String::new(),
        message: message(seated, &evicts.message),
        at: clock::wall(),
    });
    let is_end = reason == EvictionReason::WorkflowExecutionEnding;
    seated.evicted(run_id, reason.as_str_name(), is_end, failure);
}

/// Notes what is handed to the core.
pub(super) fn completed(
    seated: &Seated,
    observer: &Observer,
    completion: &WorkflowActivationCompletion,
) {
    let mut done = Done {
        commands: 0,
        failed: None,
        run_failed: None,
    };
    match &completion.status {
        Some(Status::Successful(success)) => {
            done.commands = u32::try_from(success.commands.len()).unwrap_or(u32::MAX);
            done.run_failed =
                success
                    .commands
                    .iter()
                    .find_map(|command| match command.variant.as_ref()? {
                        workflow_command::Variant::FailWorkflowExecution(failed) => {
                            Some(error_type(failed.failure.as_ref()))
                        }
                        _ => None,
                    });
        }
        Some(Status::Failed(failed)) => done.failed = Some(task_failure(seated, failed)),
        None => {}
    }
    seated.completed(&completion.run_id, done, |about| {
        observer.tally(about.text(Field::WorkflowType).unwrap_or_default())
    });
}

fn task_failure(seated: &Seated, failed: &TaskFailed) -> TaskFailure {
    // What the core makes of a failure that names no cause.
    let cause = match failed.force_cause() {
        WorkflowTaskFailedCause::Unspecified => {
            WorkflowTaskFailedCause::WorkflowWorkerUnhandledFailure
        }
        cause => cause,
    };
    let failure = failed.failure.as_ref();
    TaskFailure {
        cause: cause
            .as_str_name()
            .trim_start_matches("WORKFLOW_TASK_FAILED_CAUSE_"),
        error_type: error_type(failure),
        message: failure.and_then(|failure| message(seated, &failure.message)),
        at: clock::wall(),
    }
}

fn error_type(failure: Option<&Failure>) -> String {
    match failure.and_then(|failure| failure.failure_info.as_ref()) {
        Some(FailureInfo::ApplicationFailureInfo(info)) => cut(&info.r#type),
        _ => String::new(),
    }
}

/// Returns what of a message may be shown.
fn message(seated: &Seated, message: &str) -> Option<String> {
    if !seated.shows_messages() || message.is_empty() {
        return None;
    }
    let shown = harmless(message);
    let more = if shown.len() < message.len() {
        "…"
    } else {
        ""
    };
    Some(cut(shown) + more)
}

/// Returns the beginning of a text that may be long.
fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}

/// Returns the identity of a worker that nobody gave one.
#[cfg(feature = "introspect")]
pub(super) fn default_identity() -> Box<str> {
    let host = gethostname::gethostname();
    format!("{}@{}", std::process::id(), host.to_string_lossy()).into()
}

#[cfg(not(feature = "introspect"))]
pub(super) fn default_identity() -> Box<str> {
    Box::default()
}
