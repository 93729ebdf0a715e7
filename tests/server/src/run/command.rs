//! Commands: what a workflow wants, checked and turned into events.

use super::{
    Run,
    complete::{Taking, TaskFailure},
    limits,
};
use crate::proto::{
    Span, WorkflowTaskFailedCause as Cause,
    command::{self, Command, command::Attributes as Wanted},
};

type Taken = Result<(), TaskFailure>;

/// A duration that may be missing but not negative.
pub(super) fn check_span(span: Option<&Span>, name: &str, cause: Cause) -> Taken {
    match span {
        Some(span) if span.seconds < 0 || span.nanos < 0 => {
            let text = format!("invalid {name}: must not be negative");
            Err(TaskFailure::new(cause, text))
        }
        _ => Ok(()),
    }
}

/// A text that must be there.
pub(super) fn check_text(text: &str, what: &str, cause: Cause) -> Taken {
    if text.is_empty() {
        return Err(TaskFailure::new(cause, what));
    }
    if text.len() > 1000 {
        return Err(TaskFailure::new(
            cause,
            format!("{what} Length exceeds limit."),
        ));
    }
    Ok(())
}

impl Run {
    /// Turns a command into events.
    pub(super) fn handle_command(&mut self, command: Command, taking: &mut Taking) -> Taken {
        let metadata = command.user_metadata;
        let Some(wanted) = command.attributes else {
            return Err(TaskFailure::new(
                Cause::Unspecified,
                "command has no attributes",
            ));
        };
        limits::check(&wanted)?;
        match wanted {
            Wanted::ScheduleActivityTaskCommandAttributes(wanted) => {
                self.schedule_activity(wanted, metadata, taking)
            }
            Wanted::RequestCancelActivityTaskCommandAttributes(wanted) => {
                self.cancel_activity(wanted.scheduled_event_id, taking)
            }
            Wanted::StartTimerCommandAttributes(wanted) => {
                self.start_timer(wanted, metadata, taking)
            }
            Wanted::CancelTimerCommandAttributes(wanted) => self.cancel_timer(&wanted, taking),
            Wanted::RecordMarkerCommandAttributes(wanted) => {
                self.record_marker(wanted, metadata, taking)
            }
            Wanted::UpsertWorkflowSearchAttributesCommandAttributes(wanted) => {
                self.upsert_search_attributes(wanted, taking)
            }
            Wanted::ModifyWorkflowPropertiesCommandAttributes(wanted) => {
                self.modify_properties(wanted, taking)
            }
            Wanted::StartChildWorkflowExecutionCommandAttributes(wanted) => {
                self.initiate_child(wanted, metadata, taking)
            }
            Wanted::SignalExternalWorkflowExecutionCommandAttributes(wanted) => {
                self.initiate_signal(wanted, taking)
            }
            Wanted::RequestCancelExternalWorkflowExecutionCommandAttributes(wanted) => {
                self.initiate_cancel(wanted, taking)
            }
            Wanted::ProtocolMessageCommandAttributes(wanted) => self.take_message(&wanted, taking),
            Wanted::ScheduleNexusOperationCommandAttributes(wanted) => {
                self.schedule_operation(wanted, metadata, taking)
            }
            Wanted::RequestCancelNexusOperationCommandAttributes(wanted) => {
                self.cancel_operation(wanted.scheduled_event_id, taking)
            }
            end => self.handle_end(end, taking),
        }
    }

    /// Ends the run as a command says.
    fn handle_end(&mut self, wanted: Wanted, taking: &Taking) -> Taken {
        self.may_close()?;
        match wanted {
            Wanted::FailWorkflowExecutionCommandAttributes(wanted) => {
                let failure = wanted.failure.ok_or_else(|| {
                    let text = "Failure is not set on FailWorkflowExecutionCommand.";
                    TaskFailure::new(Cause::BadFailWorkflowExecutionAttributes, text)
                })?;
                self.fail_run(failure, taking);
            }
            Wanted::CancelWorkflowExecutionCommandAttributes(wanted) => {
                self.cancel_run(wanted.details, taking);
            }
            Wanted::ContinueAsNewWorkflowExecutionCommandAttributes(wanted) => {
                return self.continue_as_new(wanted, taking);
            }
            Wanted::CompleteWorkflowExecutionCommandAttributes(wanted) => {
                self.complete_run(wanted.result, taking);
            }
            _ => {}
        }
        Ok(())
    }

    /// A workflow may not close while there is something that it has not seen.
    fn may_close(&self) -> Taken {
        if self.has_news() {
            return Err(TaskFailure::new(Cause::UnhandledCommand, ""));
        }
        Ok(())
    }

    fn take_message(
        &mut self,
        wanted: &command::ProtocolMessageCommandAttributes,
        taking: &mut Taking,
    ) -> Taken {
        let position = taking
            .messages
            .iter()
            .position(|message| message.id == wanted.message_id);
        let Some(position) = position else {
            let text = format!(
                "ProtocolMessageCommand referenced absent message ID {:?}",
                wanted.message_id
            );
            return Err(TaskFailure::new(
                Cause::BadUpdateWorkflowExecutionMessage,
                text,
            ));
        };
        let message = taking.messages.remove(position);
        self.handle_message(&message)
    }
}

/// One JSON payload.
pub(crate) fn json(data: Vec<u8>) -> crate::proto::Payloads {
    let metadata = [("encoding".to_owned(), b"json/plain".to_vec())];
    crate::proto::Payloads {
        payloads: vec![crate::proto::Payload {
            metadata: metadata.into(),
            data,
            ..Default::default()
        }],
    }
}
