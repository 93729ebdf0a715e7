//! Faults of tasks that fail or hang.

use super::{Fault, none};
use crate::days::trouble::Trouble;

pub fn tasks() -> Vec<Fault> {
    let fail = |reason, share| Trouble {
        tasks_fail: Some((reason, share)),
        ..none()
    };
    let large =
        |name, reason| Fault::new(name, "GrpcMessageTooLarge", fail(reason, 0.02)).within(10);
    let failing = |failing| Trouble { failing, ..none() };
    let hanging = Trouble {
        hanging: true,
        ..none()
    };
    vec![
        Fault::new(
            "non-determinism after a deployment",
            "NonDeterminism",
            fail("NonDeterminismError", 1.0),
        )
        .within(8)
        .deployed(),
        Fault::new(
            "non-determinism of a few runs",
            "NonDeterminism",
            fail("NonDeterminismError", 0.05),
        )
        .within(8)
        .deployed(),
        Fault::new(
            "non-determinism without zeros",
            "NonDeterminism",
            fail("NonDeterminismError", 0.05),
        )
        .of(|queue| queue.zeros = false)
        .within(8)
        .deployed(),
        Fault::new(
            "non-determinism, no deployment",
            "NonDeterminism",
            fail("NonDeterminismError", 0.05),
        )
        .of(|queue| queue.zeros = false)
        .within(8),
        large("a message too large", "GrpcMessageTooLarge"),
        large("payloads too large", "PayloadsTooLarge"),
        large("a request too large", "RequestTooLarge"),
        Fault::new(
            "workflow tasks fail",
            "WorkflowTaskFailuresElevated",
            fail("WorkflowError", 0.5),
        )
        .within(12),
        Fault::new(
            "all workflow tasks fail",
            "WorkflowTaskFailuresElevated",
            fail("WorkflowError", 1.0),
        )
        .within(12),
        Fault::new(
            "one task fails for ever",
            "WorkflowTasksFailAgain",
            Trouble {
                stuck: Some(9),
                ..none()
            },
        )
        .within(75),
        Fault::new(
            "workflow tasks hang",
            "CompletionsZeroOfWorkflowTasks",
            Trouble {
                tasks_hang: true,
                ..none()
            },
        )
        .within(20),
        Fault::new("activities fail", "ActivityFailuresElevated", failing(0.8)),
        Fault::new(
            "all activities fail",
            "ActivityFailuresElevated",
            failing(1.0),
        ),
        Fault::new(
            "all activities of a quiet queue fail",
            "ActivityFailuresElevated",
            failing(1.0),
        )
        .of(|queue| queue.runs = 2.0)
        .within(20),
        Fault::new(
            "activities hang",
            "CompletionsZeroOfActivities",
            hanging.clone(),
        )
        .within(50),
        Fault::new(
            "activities hang, slots by resources",
            "CompletionsZeroOfActivities",
            hanging,
        )
        .of(|queue| queue.slots = 0.0)
        .within(50),
    ]
}
