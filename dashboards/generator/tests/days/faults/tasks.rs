//! Faults of tasks that fail or hang.

use super::{Fault, none};
use crate::days::{
    features::Feature,
    trouble::{Stuck, Trouble},
    work::{RARE, TYPE},
};

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
    let stuck = |of| stuck(of, "WorkflowError");
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
        hangs: Some("WorkflowWorker"),
        ..none()
    };
    vec![
        large("a message too large", "GrpcMessageTooLarge"),
        large("payloads too large", "PayloadsTooLarge"),
        large("a request too large", "RequestTooLarge"),
        failing("workflow tasks fail", 0.5),
        failing("all workflow tasks fail", 1.0),
        Fault::new("a run is stuck", "RunStuck", run).within(25),
        Fault::new("a run near a limit", "RunNearLimit", near).within(10),
        Fault::new("workflow code blocks", "WorkflowCodeBlocks", blocks).within(8),
        Fault::new(
            "one task fails forever",
            "WorkflowTasksFailAgain",
            stuck(TYPE),
        )
        .within(75),
        Fault::new(
            "one task of a rare type fails forever",
            "WorkflowTasksFailAgain",
            stuck(RARE),
        )
        .within(75),
        Fault::new(
            "workflow tasks hang, slots to spare",
            "CompletionsZeroOfWorkflowTasks",
            hang,
        )
        .of(|queue| queue.slots = 5000.0)
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
            hangs: Some("ActivityWorker"),
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
        hanging("activities hang, slots by resources").of(|queue| queue.slots = 0.0),
        hanging("activities hang, and thousands of slots fill")
            .of(|queue| queue.slots = 6000.0)
            .within(80),
        hanging("long activities hang").amid(&[Feature::LongActivities]),
    ]
}

pub fn stuck(of: (&'static str, &'static str), why: &'static str) -> Trouble {
    Trouble {
        stuck: Some(Stuck { each: 9, of, why }),
        ..none()
    }
}

/// A single run whose task fails again and again, where counters do not start at zero.
pub fn one_run() -> Vec<Fault> {
    let one = |name, alert, why| {
        Fault::new(name, alert, stuck(RARE, why))
            .of(|queue| queue.zeros = false)
            .within(10)
    };
    vec![
        one(
            "non-determinism of one run",
            "NonDeterminism",
            "NonDeterminismError",
        ),
        one(
            "one run's message is too large",
            "GrpcMessageTooLarge",
            "GrpcMessageTooLarge",
        ),
    ]
}
