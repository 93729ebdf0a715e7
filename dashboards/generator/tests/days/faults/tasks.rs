//! Faults of tasks that fail or hang.

use super::{Fault, none};
use crate::days::trouble::Trouble;

fn fail(reason: &'static str, share: f64) -> Trouble {
    Trouble {
        tasks_fail: Some((reason, share)),
        ..none()
    }
}

pub fn determinism() -> Vec<Fault> {
    let of = |name, share| {
        Fault::new(name, "NonDeterminism", fail("NonDeterminismError", share)).within(8)
    };
    vec![
        of("non-determinism after a deployment", 1.0).deployed(),
        of("non-determinism of a few runs", 0.05).deployed(),
        of("non-determinism without zeros", 0.05)
            .of(|queue| queue.zeros = false)
            .deployed(),
        of("non-determinism, no deployment", 0.05).of(|queue| queue.zeros = false),
    ]
}

pub fn tasks() -> Vec<Fault> {
    let large =
        |name, reason| Fault::new(name, "GrpcMessageTooLarge", fail(reason, 0.02)).within(10);
    let failing = |name, share| {
        let trouble = fail("WorkflowError", share);
        Fault::new(name, "WorkflowTaskFailuresElevated", trouble).within(12)
    };
    let stuck = Trouble {
        stuck: Some(9),
        ..none()
    };
    let run = Trouble {
        run_stuck: true,
        ..none()
    };
    let near = Trouble {
        near: true,
        ..none()
    };
    let blocks = Trouble {
        blocks: true,
        ..none()
    };
    let hang = Trouble {
        tasks_hang: true,
        ..none()
    };
    vec![
        large("a message too large", "GrpcMessageTooLarge"),
        large("payloads too large", "PayloadsTooLarge"),
        large("a request too large", "RequestTooLarge"),
        failing("workflow tasks fail", 0.5),
        failing("all workflow tasks fail", 1.0),
        Fault::new("one task fails forever", "WorkflowTasksFailAgain", stuck).within(75),
        Fault::new("a run is stuck", "RunStuck", run).within(25),
        Fault::new("a run near a limit", "RunNearLimit", near).within(10),
        Fault::new("workflow code blocks", "WorkflowCodeBlocks", blocks).within(8),
        Fault::new(
            "workflow tasks hang",
            "CompletionsZeroOfWorkflowTasks",
            hang,
        )
        .within(20),
    ]
}

pub fn activities() -> Vec<Fault> {
    let failing = |name, failing| {
        let trouble = Trouble { failing, ..none() };
        Fault::new(name, "ActivityFailuresElevated", trouble)
    };
    let hanging = |name| {
        let trouble = Trouble {
            hanging: true,
            ..none()
        };
        Fault::new(name, "CompletionsZeroOfActivities", trouble).within(50)
    };
    vec![
        failing("activities fail", 0.8),
        failing("all activities fail", 1.0),
        failing("all activities of a quiet queue fail", 1.0)
            .of(|queue| queue.runs = 2.0)
            .within(20),
        hanging("activities hang"),
        hanging("activities hang, slots by resources").of(|queue| queue.slots = 0.0),
    ]
}
