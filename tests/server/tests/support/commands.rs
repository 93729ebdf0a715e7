//! Commands and payloads, as a workflow's worker makes them.

use std::{collections::HashMap, time::Duration};

use temporalio_common::protos::temporal::api::{
    command::v1::{
        CancelTimerCommandAttributes, CompleteWorkflowExecutionCommandAttributes,
        ContinueAsNewWorkflowExecutionCommandAttributes, FailWorkflowExecutionCommandAttributes,
        RecordMarkerCommandAttributes, ScheduleActivityTaskCommandAttributes,
        StartChildWorkflowExecutionCommandAttributes, StartTimerCommandAttributes,
        command::Attributes,
    },
    common::v1::{ActivityType, Payload, Payloads, WorkflowType},
    enums::v1::CommandType,
    failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
    taskqueue::v1::TaskQueue,
};

use super::World;

/// Text as a payload.
pub fn text(text: &str) -> Option<Payloads> {
    let metadata = HashMap::from([("encoding".to_owned(), b"json/plain".to_vec())]);
    Some(Payloads {
        payloads: vec![Payload {
            metadata,
            data: format!("{text:?}").into_bytes(),
            ..Default::default()
        }],
    })
}

/// So many milliseconds.
pub fn millis(millis: u64) -> Option<prost_wkt_types::Duration> {
    Duration::from_millis(millis).try_into().ok()
}

/// Starts a timer.
pub fn timer(id: &str, span: u64) -> Attributes {
    Attributes::StartTimerCommandAttributes(StartTimerCommandAttributes {
        timer_id: id.to_owned(),
        start_to_fire_timeout: millis(span),
    })
}

/// Cancels a timer.
pub fn cancel_timer(id: &str) -> Attributes {
    Attributes::CancelTimerCommandAttributes(CancelTimerCommandAttributes {
        timer_id: id.to_owned(),
    })
}

/// Ends the workflow well.
pub fn complete(result: &str) -> Attributes {
    Attributes::CompleteWorkflowExecutionCommandAttributes(
        CompleteWorkflowExecutionCommandAttributes {
            result: text(result),
        },
    )
}

/// Ends the workflow badly.
pub fn fail(message: &str, kind: &str, non_retryable: bool) -> Attributes {
    Attributes::FailWorkflowExecutionCommandAttributes(FailWorkflowExecutionCommandAttributes {
        failure: Some(application_failure(message, kind, non_retryable)),
    })
}

/// An application's failure.
pub fn application_failure(message: &str, kind: &str, non_retryable: bool) -> Failure {
    Failure {
        message: message.to_owned(),
        failure_info: Some(FailureInfo::ApplicationFailureInfo(
            ApplicationFailureInfo {
                r#type: kind.to_owned(),
                non_retryable,
                ..Default::default()
            },
        )),
        ..Default::default()
    }
}

/// Records a marker.
pub fn marker(name: &str) -> Attributes {
    Attributes::RecordMarkerCommandAttributes(RecordMarkerCommandAttributes {
        marker_name: name.to_owned(),
        details: HashMap::from([("detail".to_owned(), text("value").unwrap())]),
        ..Default::default()
    })
}

/// Schedules an activity with a timeout of ten seconds on the scenario's queue.
pub fn activity(
    id: &str,
    change: impl FnOnce(&mut ScheduleActivityTaskCommandAttributes),
) -> Attributes {
    let mut command = ScheduleActivityTaskCommandAttributes {
        activity_id: id.to_owned(),
        activity_type: Some(ActivityType {
            name: "act".to_owned(),
        }),
        input: text("in"),
        start_to_close_timeout: millis(10_000),
        ..Default::default()
    };
    change(&mut command);
    Attributes::ScheduleActivityTaskCommandAttributes(command)
}

/// Starts a child on a queue of its own.
pub fn start_child(
    world: &World,
    change: impl FnOnce(&mut StartChildWorkflowExecutionCommandAttributes),
) -> Attributes {
    let mut command = StartChildWorkflowExecutionCommandAttributes {
        workflow_id: format!("{}-child", world.name),
        workflow_type: Some(WorkflowType {
            name: "child".to_owned(),
        }),
        task_queue: Some(TaskQueue {
            name: format!("{}-child", world.name),
            ..Default::default()
        }),
        input: text("child in"),
        ..Default::default()
    };
    change(&mut command);
    Attributes::StartChildWorkflowExecutionCommandAttributes(command)
}

/// Ends the run and goes on in a new one.
pub fn continue_as_new() -> Attributes {
    let again = ContinueAsNewWorkflowExecutionCommandAttributes::default();
    Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(again)
}

pub(super) fn command_type(attributes: &Attributes) -> CommandType {
    match attributes {
        Attributes::ScheduleActivityTaskCommandAttributes(_) => CommandType::ScheduleActivityTask,
        Attributes::StartTimerCommandAttributes(_) => CommandType::StartTimer,
        Attributes::CompleteWorkflowExecutionCommandAttributes(_) => {
            CommandType::CompleteWorkflowExecution
        }
        Attributes::FailWorkflowExecutionCommandAttributes(_) => CommandType::FailWorkflowExecution,
        Attributes::RequestCancelActivityTaskCommandAttributes(_) => {
            CommandType::RequestCancelActivityTask
        }
        Attributes::CancelTimerCommandAttributes(_) => CommandType::CancelTimer,
        Attributes::CancelWorkflowExecutionCommandAttributes(_) => {
            CommandType::CancelWorkflowExecution
        }
        Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(_) => {
            CommandType::RequestCancelExternalWorkflowExecution
        }
        Attributes::RecordMarkerCommandAttributes(_) => CommandType::RecordMarker,
        Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(_) => {
            CommandType::ContinueAsNewWorkflowExecution
        }
        Attributes::StartChildWorkflowExecutionCommandAttributes(_) => {
            CommandType::StartChildWorkflowExecution
        }
        Attributes::SignalExternalWorkflowExecutionCommandAttributes(_) => {
            CommandType::SignalExternalWorkflowExecution
        }
        Attributes::UpsertWorkflowSearchAttributesCommandAttributes(_) => {
            CommandType::UpsertWorkflowSearchAttributes
        }
        Attributes::ProtocolMessageCommandAttributes(_) => CommandType::ProtocolMessage,
        Attributes::ModifyWorkflowPropertiesCommandAttributes(_) => {
            CommandType::ModifyWorkflowProperties
        }
        Attributes::ScheduleNexusOperationCommandAttributes(_) => {
            CommandType::ScheduleNexusOperation
        }
        Attributes::RequestCancelNexusOperationCommandAttributes(_) => {
            CommandType::RequestCancelNexusOperation
        }
    }
}
