//! What may happen to a run, at random.

use std::time::Duration;

use proptest::prelude::*;

use crate::{
    clock::proto_span,
    proto::{
        Failure,
        command::{self, Command, command::Attributes as Wanted},
        common, taskqueue,
    },
};

/// Something that happens to a run.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Signal(u8),
    Cancel,
    Terminate,
    Update(u8),
    StartTask,
    Complete(Vec<Command>, bool),
    FailTask,
    StartActivity,
    EndActivity(u8),
    ChildStarts,
    ChildEnds,
    Wait(u16),
    /// Skips so many milliseconds, or all that may be skipped.
    Configure(Option<u16>),
}

fn command(attributes: Wanted) -> Command {
    Command {
        attributes: Some(attributes),
        ..Default::default()
    }
}

pub(super) fn queue() -> Option<taskqueue::TaskQueue> {
    Some(taskqueue::TaskQueue {
        name: "queue".to_owned(),
        ..Default::default()
    })
}

fn timer(id: u8, millis: u16) -> Command {
    command(Wanted::StartTimerCommandAttributes(
        command::StartTimerCommandAttributes {
            timer_id: id.to_string(),
            start_to_fire_timeout: Some(proto_span(Duration::from_millis(millis.into()))),
        },
    ))
}

fn activity(id: u8, millis: u16) -> Command {
    command(Wanted::ScheduleActivityTaskCommandAttributes(
        command::ScheduleActivityTaskCommandAttributes {
            activity_id: id.to_string(),
            activity_type: Some(common::ActivityType {
                name: "act".to_owned(),
            }),
            task_queue: queue(),
            start_to_close_timeout: Some(proto_span(Duration::from_millis(millis.into()))),
            ..Default::default()
        },
    ))
}

fn child(id: u8) -> Command {
    command(Wanted::StartChildWorkflowExecutionCommandAttributes(
        command::StartChildWorkflowExecutionCommandAttributes {
            workflow_id: id.to_string(),
            workflow_type: Some(common::WorkflowType {
                name: "child".to_owned(),
            }),
            ..Default::default()
        },
    ))
}

fn signal() -> Command {
    command(Wanted::SignalExternalWorkflowExecutionCommandAttributes(
        command::SignalExternalWorkflowExecutionCommandAttributes {
            execution: Some(common::WorkflowExecution {
                workflow_id: "other".to_owned(),
                ..Default::default()
            }),
            signal_name: "hello".to_owned(),
            ..Default::default()
        },
    ))
}

fn any_command() -> impl Strategy<Value = Command> {
    let id = 0..4u8;
    prop_oneof![
        (id.clone(), any::<u16>()).prop_map(|(id, millis)| timer(id, millis)),
        id.clone()
            .prop_map(|id| command(Wanted::CancelTimerCommandAttributes(
                command::CancelTimerCommandAttributes {
                    timer_id: id.to_string()
                }
            ))),
        (id.clone(), any::<u16>()).prop_map(|(id, millis)| activity(id, millis)),
        (0..40i64).prop_map(
            |id| command(Wanted::RequestCancelActivityTaskCommandAttributes(
                command::RequestCancelActivityTaskCommandAttributes {
                    scheduled_event_id: id
                }
            ))
        ),
        id.prop_map(child),
        Just(command(Wanted::RecordMarkerCommandAttributes(
            command::RecordMarkerCommandAttributes {
                marker_name: "mark".to_owned(),
                ..Default::default()
            }
        ))),
        Just(signal()),
        Just(Command::default()),
        Just(command(Wanted::CompleteWorkflowExecutionCommandAttributes(
            Default::default()
        ))),
        Just(command(Wanted::FailWorkflowExecutionCommandAttributes(
            command::FailWorkflowExecutionCommandAttributes {
                failure: Some(Failure::default())
            }
        ))),
        Just(command(
            Wanted::ContinueAsNewWorkflowExecutionCommandAttributes(Default::default())
        )),
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<u8>().prop_map(Step::Signal),
        1 => Just(Step::Cancel),
        1 => Just(Step::Update(0)),
        8 => Just(Step::StartTask),
        8 => (prop::collection::vec(any_command(), 0..4), any::<bool>())
            .prop_map(|(commands, force)| Step::Complete(commands, force)),
        2 => Just(Step::FailTask),
        4 => Just(Step::StartActivity),
        4 => any::<u8>().prop_map(Step::EndActivity),
        2 => Just(Step::ChildStarts),
        2 => Just(Step::ChildEnds),
        4 => any::<u16>().prop_map(Step::Wait),
        1 => any::<Option<u16>>().prop_map(Step::Configure),
        1 => Just(Step::Terminate),
    ]
}
