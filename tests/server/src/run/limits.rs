//! Commands that carry too much: they end the run.

use std::collections::HashMap;

use prost::Message;

use super::complete::TaskFailure;
use crate::{
    proto::{Payloads, WorkflowTaskFailedCause as Cause, command::command::Attributes as Wanted},
    rpc::PAYLOAD_BYTES,
};

fn bytes(payloads: Option<&Payloads>) -> usize {
    payloads.map_or(0, Message::encoded_len)
}

fn map_bytes(details: &HashMap<String, Payloads>) -> usize {
    let one = |(key, value): (&String, &Payloads)| key.len() + value.encoded_len();
    details.iter().map(one).sum()
}

/// What a command carries, and how it is called if that is too much.
fn load(wanted: &Wanted) -> Option<(usize, Cause, &'static str)> {
    Some(match wanted {
        Wanted::ScheduleActivityTaskCommandAttributes(wanted) => (
            bytes(wanted.input.as_ref()),
            Cause::BadScheduleActivityAttributes,
            "ScheduleActivityTaskCommandAttributes.Input exceeds size limit.",
        ),
        Wanted::CompleteWorkflowExecutionCommandAttributes(wanted) => (
            bytes(wanted.result.as_ref()),
            // Temporal's own choice of cause.
            Cause::BadScheduleActivityAttributes,
            "CompleteWorkflowExecutionCommandAttributes.Result exceeds size limit.",
        ),
        Wanted::FailWorkflowExecutionCommandAttributes(wanted) => (
            wanted.failure.as_ref().map_or(0, Message::encoded_len),
            Cause::BadFailWorkflowExecutionAttributes,
            "FailWorkflowExecutionCommandAttributes.Failure exceeds size limit.",
        ),
        Wanted::RecordMarkerCommandAttributes(wanted) => (
            map_bytes(&wanted.details),
            Cause::BadRecordMarkerAttributes,
            "RecordMarkerCommandAttributes.Details exceeds size limit.",
        ),
        Wanted::ContinueAsNewWorkflowExecutionCommandAttributes(wanted) => (
            bytes(wanted.input.as_ref()),
            Cause::BadContinueAsNewAttributes,
            "ContinueAsNewWorkflowExecutionCommandAttributes. Input exceeds size limit.",
        ),
        Wanted::StartChildWorkflowExecutionCommandAttributes(wanted) => (
            bytes(wanted.input.as_ref()),
            Cause::BadStartChildExecutionAttributes,
            "StartChildWorkflowExecutionCommandAttributes. Input exceeds size limit.",
        ),
        Wanted::SignalExternalWorkflowExecutionCommandAttributes(wanted) => (
            bytes(wanted.input.as_ref()),
            Cause::BadSignalWorkflowExecutionAttributes,
            "SignalExternalWorkflowExecutionCommandAttributes.Input exceeds size limit.",
        ),
        _ => return None,
    })
}

/// A command that carries too much ends the run.
pub(super) fn check(wanted: &Wanted) -> Result<(), TaskFailure> {
    match load(wanted) {
        Some((bytes, cause, text)) if bytes > PAYLOAD_BYTES => {
            Err(TaskFailure::new(cause, text).that_ends_the_run())
        }
        _ => Ok(()),
    }
}
