//! A worker's commands, read from the SDK's messages.

use std::collections::HashMap;

use prost::Message;
use temporalio_common::protos::{
    coresdk::workflow_commands::{
        WorkflowCommand, query_result, update_response::Response, workflow_command::Variant,
    },
    temporal::api::common::v1::Payload,
};

use super::waits;
use crate::{
    commit::{Answer, Answers},
    execution::WaitChange,
    observe::{Command, Commands},
};

/// The commands that a completion gives.
pub(super) struct Given<'a>(pub(super) &'a [WorkflowCommand]);

impl Commands for Given<'_> {
    fn payloads(&self) -> impl Iterator<Item = Command> {
        self.0.iter().filter_map(payloads)
    }

    fn waits(&self) -> impl Iterator<Item = WaitChange> {
        self.0.iter().filter_map(waits::changed)
    }

    fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(kind)
    }

    fn patches(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(patch)
    }

    fn answers(&self) -> Answers {
        let mut answers = Answers {
            ends_run: self.0.iter().any(ends_run),
            ..Answers::default()
        };
        for variant in self.0.iter().filter_map(|command| command.variant.as_ref()) {
            match variant {
                Variant::UpdateResponse(update) => {
                    let id = update.protocol_instance_id.as_str().into();
                    let rejected = matches!(update.response, Some(Response::Rejected(_)));
                    answers.updates.push((id, answer(rejected)));
                }
                Variant::RespondToQuery(query) => {
                    let id = query.query_id.as_str().into();
                    let failed = matches!(query.variant, Some(query_result::Variant::Failed(_)));
                    answers.queries.push((id, answer(failed)));
                }
                _ => {}
            }
        }
        answers
    }
}

/// Returns whether a command ends its run.
pub(super) fn ends_run(command: &WorkflowCommand) -> bool {
    matches!(
        command.variant,
        Some(
            Variant::CompleteWorkflowExecution(_)
                | Variant::FailWorkflowExecution(_)
                | Variant::CancelWorkflowExecution(_)
                | Variant::ContinueAsNewWorkflowExecution(_)
        )
    )
}

fn answer(has_failed: bool) -> Answer {
    match has_failed {
        true => Answer::Failed,
        false => Answer::AsReturned,
    }
}

/// Returns the kind of a command that carries payloads, and their encoded size in bytes.
fn payloads(command: &WorkflowCommand) -> Option<Command> {
    let (kind, bytes) = match command.variant.as_ref()? {
        Variant::ScheduleActivity(c) => ("ScheduleActivity", many(&c.arguments)),
        Variant::ScheduleLocalActivity(c) => ("ScheduleLocalActivity", many(&c.arguments)),
        Variant::RespondToQuery(c) => match c.variant.as_ref()? {
            query_result::Variant::Succeeded(answer) => ("RespondToQuery", one(&answer.response)),
            query_result::Variant::Failed(failure) => ("RespondToQuery", failure.encoded_len()),
        },
        Variant::CompleteWorkflowExecution(c) => ("CompleteWorkflowExecution", one(&c.result)),
        Variant::FailWorkflowExecution(c) => ("FailWorkflowExecution", one(&c.failure)),
        Variant::CancelWorkflowExecution(c) => ("CancelWorkflowExecution", one(&c.details)),
        Variant::ContinueAsNewWorkflowExecution(c) => (
            "ContinueAsNewWorkflowExecution",
            many(&c.arguments) + map(&c.memo),
        ),
        Variant::StartChildWorkflowExecution(c) => {
            ("StartChildWorkflowExecution", many(&c.input) + map(&c.memo))
        }
        Variant::SignalExternalWorkflowExecution(c) => {
            ("SignalExternalWorkflowExecution", many(&c.args))
        }
        Variant::UpsertWorkflowSearchAttributes(c) => {
            ("UpsertWorkflowSearchAttributes", one(&c.search_attributes))
        }
        Variant::ModifyWorkflowProperties(c) => ("ModifyWorkflowProperties", one(&c.upserted_memo)),
        Variant::UpdateResponse(c) => match c.response.as_ref()? {
            Response::Completed(result) => ("UpdateResponse", result.encoded_len()),
            Response::Rejected(failure) => ("UpdateResponse", failure.encoded_len()),
            Response::Accepted(()) => return None,
        },
        Variant::ScheduleNexusOperation(c) => ("ScheduleNexusOperation", one(&c.input)),
        _ => return None,
    };
    Some((kind, bytes))
}

/// Returns the kind of a command.
fn kind(command: &WorkflowCommand) -> Option<&'static str> {
    Some(match command.variant.as_ref()? {
        Variant::StartTimer(_) => "StartTimer",
        Variant::ScheduleActivity(_) => "ScheduleActivity",
        Variant::RespondToQuery(_) => "RespondToQuery",
        Variant::RequestCancelActivity(_) => "RequestCancelActivity",
        Variant::CancelTimer(_) => "CancelTimer",
        Variant::CompleteWorkflowExecution(_) => "CompleteWorkflowExecution",
        Variant::FailWorkflowExecution(_) => "FailWorkflowExecution",
        Variant::ContinueAsNewWorkflowExecution(_) => "ContinueAsNewWorkflowExecution",
        Variant::CancelWorkflowExecution(_) => "CancelWorkflowExecution",
        Variant::SetPatchMarker(_) => "SetPatchMarker",
        Variant::StartChildWorkflowExecution(_) => "StartChildWorkflowExecution",
        Variant::CancelChildWorkflowExecution(_) => "CancelChildWorkflowExecution",
        Variant::RequestCancelExternalWorkflowExecution(_) => {
            "RequestCancelExternalWorkflowExecution"
        }
        Variant::SignalExternalWorkflowExecution(_) => "SignalExternalWorkflowExecution",
        Variant::CancelSignalWorkflow(_) => "CancelSignalWorkflow",
        Variant::ScheduleLocalActivity(_) => "ScheduleLocalActivity",
        Variant::RequestCancelLocalActivity(_) => "RequestCancelLocalActivity",
        Variant::UpsertWorkflowSearchAttributes(_) => "UpsertWorkflowSearchAttributes",
        Variant::ModifyWorkflowProperties(_) => "ModifyWorkflowProperties",
        Variant::UpdateResponse(_) => "UpdateResponse",
        Variant::ScheduleNexusOperation(_) => "ScheduleNexusOperation",
        Variant::RequestCancelNexusOperation(_) => "RequestCancelNexusOperation",
    })
}

/// Returns the id of a patch that a command marks.
fn patch(command: &WorkflowCommand) -> Option<&str> {
    match command.variant.as_ref()? {
        Variant::SetPatchMarker(patch) => Some(&patch.patch_id),
        _ => None,
    }
}

fn one(message: &Option<impl Message>) -> usize {
    message.as_ref().map_or(0, Message::encoded_len)
}

fn many(payloads: &[Payload]) -> usize {
    payloads.iter().map(Message::encoded_len).sum()
}

fn map(payloads: &HashMap<String, Payload>) -> usize {
    payloads.values().map(Message::encoded_len).sum()
}
