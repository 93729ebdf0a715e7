//! Faults of waiting and of taking long.

use super::{Fault, none};
use crate::days::trouble::Trouble;

pub fn waits() -> Vec<Fault> {
    let wait = |seconds| Trouble {
        wait: Some(seconds),
        ..none()
    };
    let call = |seconds| Trouble {
        call: Some(seconds),
        ..none()
    };
    let start: &[_] = &[("operation", "StartWorkflowExecution")];
    vec![
        Fault::new(
            "tasks wait a little",
            "WorkflowTaskScheduleToStartElevated",
            wait(0.4),
        )
        .within(35),
        Fault::new(
            "tasks wait long",
            "WorkflowTaskScheduleToStartHigh",
            wait(8.0),
        ),
        Fault::new(
            "tasks of a quiet queue wait long",
            "WorkflowTaskScheduleToStartHigh",
            wait(8.0),
        )
        .of(|queue| queue.runs = 1.0),
        Fault::new(
            "tasks wait for an hour",
            "WorkflowTaskScheduleToStartSevere",
            wait(3000.0),
        ),
        Fault::new(
            "activities wait for an hour",
            "ActivityScheduleToStartSevere",
            Trouble {
                activity_wait: Some(3000.0),
                ..none()
            },
        ),
        Fault::new(
            "tasks take long",
            "WorkflowTaskExecutionLatencyHigh",
            Trouble {
                task: Some(15.0),
                ..none()
            },
        ),
        Fault::new(
            "local activities take long",
            "LocalActivityLong",
            Trouble {
                local: Some(3000.0),
                ..none()
            },
        ),
        Fault::new("starts take long", "RequestLatencyHigh", call(4.0)).labels(start),
    ]
}
