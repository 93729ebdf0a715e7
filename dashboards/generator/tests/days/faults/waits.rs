//! Faults of tasks that wait or take long.

use super::{Fault, none};
use crate::days::trouble::Trouble;

pub fn waits() -> Vec<Fault> {
    let wait = |name, alert, seconds| {
        let wait = Some(seconds);
        Fault::new(name, alert, Trouble { wait, ..none() })
    };
    let long = "WorkflowTaskScheduleToStartHigh";
    let severe = "WorkflowTaskScheduleToStartSevere";
    let activities = Trouble {
        activity_wait: Some(3000.0),
        ..none()
    };
    vec![
        wait(
            "tasks wait a little",
            "WorkflowTaskScheduleToStartElevated",
            0.4,
        )
        .within(75),
        wait("tasks wait long", long, 8.0),
        wait("tasks of a quiet queue wait long", long, 8.0).of(|queue| queue.runs = 1.0),
        wait("tasks wait for an hour", severe, 3000.0),
        Fault::new(
            "activities wait for an hour",
            "ActivityScheduleToStartSevere",
            activities,
        ),
        Fault::new(
            "activities wait for the best part of an hour",
            "ActivityScheduleToStartSevere",
            Trouble {
                activity_wait: Some(3400.0),
                ..none()
            },
        ),
        Fault::new(
            "workflow tasks become slow, and fill all slots",
            long,
            Trouble {
                task: Some(9.0),
                ..none()
            },
        )
        .of(|queue| (queue.slots, queue.takes) = (3.0, 0.01))
        .within(15),
    ]
}

pub fn latencies() -> Vec<Fault> {
    let task = Trouble {
        task: Some(15.0),
        ..none()
    };
    let local = Trouble {
        local: Some(3000.0),
        ..none()
    };
    let call = Trouble {
        call: Some(4.0),
        ..none()
    };
    vec![
        Fault::new("tasks take long", "WorkflowTaskExecutionLatencyHigh", task),
        // The first of them end after 50 minutes.
        Fault::new("local activities take long", "LocalActivityLong", local)
            .of(|queue| queue.slots = 4000.0)
            .within(70)
            .clears(70),
        Fault::new("starts take long", "RequestLatencyHigh", call)
            .labels(&[("operation", "StartWorkflowExecution")]),
    ]
}
