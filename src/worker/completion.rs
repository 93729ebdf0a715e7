//! Completions of activations, read from the SDK's messages.

use temporalio_common::protos::{
    coresdk::{
        workflow_commands::{
            WorkflowCommand, update_response::Response, workflow_command::Variant,
        },
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

use super::{
    activation::left,
    commands::{Given, ends_run},
};
use crate::{
    clock,
    observe::{Completion, TaskFailure, Worker},
    redact::harmless,
};

/// The most that is shown of a message or of an error's type, in bytes.
const LONGEST: usize = 1000;

/// Notes the completion of an activation.
pub(crate) fn completed(worker: &Worker, completion: &WorkflowActivationCompletion) {
    let (commands, failed) = match &completion.status {
        Some(Status::Successful(success)) => (&success.commands[..], None),
        Some(Status::Failed(failed)) => (&[][..], Some(task_failure(worker, failed))),
        None => (&[][..], None),
    };
    let plain = Completion {
        commands: u32::try_from(commands.len()).unwrap_or(u32::MAX),
        leaves: commands.iter().any(leaves),
        failed,
        run_failed: commands.iter().find_map(run_failed),
        ends_run: commands.iter().any(ends_run),
    };
    worker.completed(&completion.run_id, plain, &Given(commands));
}

/// Returns whether workflow code executed and gave commands.
pub(super) fn accomplishes(completion: &WorkflowActivationCompletion) -> bool {
    match &completion.status {
        Some(Status::Successful(success)) => !success.commands.is_empty(),
        _ => false,
    }
}

/// Returns whether a command leaves an event. What a local activity did is recorded when it ends, and
/// an update that is rejected is not recorded at all.
fn leaves(command: &WorkflowCommand) -> bool {
    match &command.variant {
        Some(Variant::UpdateResponse(update)) => {
            !matches!(update.response, Some(Response::Rejected(_)))
        }
        Some(
            Variant::ScheduleLocalActivity(_)
            | Variant::RequestCancelLocalActivity(_)
            | Variant::RespondToQuery(_),
        ) => false,
        _ => true,
    }
}

fn run_failed(command: &WorkflowCommand) -> Option<String> {
    match command.variant.as_ref()? {
        Variant::FailWorkflowExecution(failed) => Some(error_type(failed.failure.as_ref())),
        _ => None,
    }
}

fn task_failure(worker: &Worker, failed: &TaskFailed) -> TaskFailure {
    // The core's cause for a failure that names none.
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
        message: failure.and_then(|failure| message(worker, &failure.message)),
        at: clock::wall(),
        left: (cause == WorkflowTaskFailedCause::NonDeterministicError)
            .then(|| left(failure.map_or("", |failure| &failure.message))),
    }
}

fn error_type(failure: Option<&Failure>) -> String {
    match failure.and_then(|failure| failure.failure_info.as_ref()) {
        Some(FailureInfo::ApplicationFailureInfo(info)) => cut(&info.r#type),
        _ => String::new(),
    }
}

/// Returns the part of a message that may be shown.
pub(super) fn message(worker: &Worker, message: &str) -> Option<String> {
    if !worker.shows_messages() || message.is_empty() {
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
