//! Commands that schedule operations and ask for their cancellation.

use super::Asked;
use crate::{
    proto::{WorkflowTaskFailedCause as Cause, command, history},
    run::{
        Event, Run,
        command::{check_span, check_text},
        complete::{Taking, TaskFailure},
        fresh_id,
    },
};

impl Run {
    pub(in crate::run) fn schedule_operation(
        &mut self,
        wanted: command::ScheduleNexusOperationCommandAttributes,
        metadata: Option<crate::proto::sdk::UserMetadata>,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadScheduleNexusOperationAttributes;
        check_text(&wanted.service, "Service is not set on command.", cause)?;
        check_text(&wanted.operation, "Operation is not set on command.", cause)?;
        let limit = wanted.schedule_to_close_timeout.as_ref();
        check_span(limit, "ScheduleToCloseTimeout", cause)?;
        let Some(endpoint_id) = taking.known.endpoints.get(&wanted.endpoint).cloned() else {
            let text = format!("endpoint {:?} not found", wanted.endpoint);
            return Err(TaskFailure::new(cause, text));
        };
        let header = wanted.nexus_header.into_iter();
        let event = history::NexusOperationScheduledEventAttributes {
            endpoint: wanted.endpoint,
            service: wanted.service,
            operation: wanted.operation,
            input: wanted.input,
            schedule_to_close_timeout: wanted.schedule_to_close_timeout,
            schedule_to_start_timeout: wanted.schedule_to_start_timeout,
            start_to_close_timeout: wanted.start_to_close_timeout,
            nexus_header: header
                .map(|(key, value)| (key.to_lowercase(), value))
                .collect(),
            workflow_task_completed_event_id: taking.completed_id,
            request_id: fresh_id(),
            endpoint_id,
        };
        let id = self.record(Event::new(event).user_metadata(metadata));
        self.send(id, Asked::Start, 1);
        Ok(())
    }

    pub(in crate::run) fn cancel_operation(
        &mut self,
        id: i64,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadRequestCancelNexusOperationAttributes;
        let Some(operation) = self.state.operations.get(&id) else {
            let text = format!(
                "requested cancelation for a non-existing or already completed operation with scheduled event ID of {id}"
            );
            return Err(TaskFailure::new(cause, text));
        };
        if operation.cancel_requested.is_some() {
            let text = format!(
                "cancelation was already requested for an operation with scheduled event ID {id}"
            );
            return Err(TaskFailure::new(cause, text));
        }
        self.record(Event::new(
            history::NexusOperationCancelRequestedEventAttributes {
                scheduled_event_id: id,
                workflow_task_completed_event_id: taking.completed_id,
            },
        ));
        // Its handler can be asked for no cancellation before it has started it.
        if self.is_open_operation(id) && self.operation_token(id).is_some() {
            self.send(id, Asked::Cancel, 1);
        }
        Ok(())
    }
}
