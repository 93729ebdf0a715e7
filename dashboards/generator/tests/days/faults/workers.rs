//! Faults of workers: who polls, and which slots are free.

use super::{Fault, none};
use crate::days::{fleet::Queue, trouble::Trouble};

pub fn workers() -> Vec<Fault> {
    let unpolled = |unpolled| Trouble { unpolled, ..none() };
    let full = |kind, share| Trouble {
        full: Some((kind, share)),
        ..none()
    };
    let ten = |queue: &mut Queue| {
        (queue.replicas, queue.slim, queue.runs) = (10, true, 300.0);
    };
    let one = |trouble| Trouble {
        one: true,
        ..trouble
    };
    let slots =
        |name, kind, labels| Fault::new(name, "SlotsExhausted", full(kind, 1.0)).labels(labels);
    vec![
        Fault::new(
            "nobody polls",
            "PollersZero",
            unpolled(&["workflow_task", "sticky_workflow_task", "activity_task"]),
        ),
        Fault::new(
            "nobody polls for activities",
            "PollersZero",
            unpolled(&["activity_task"]),
        )
        .labels(&[("task_queue", "orders"), ("poller_type", "activity_task")]),
        Fault::new(
            "nobody polls for workflow tasks",
            "PollersZero",
            unpolled(&["workflow_task", "sticky_workflow_task"]),
        )
        .labels(&[("task_queue", "orders"), ("poller_type", "workflow_task")]),
        Fault::new(
            "processes died",
            "WorkerVanished",
            Trouble {
                dead: true,
                ..none()
            },
        ),
        slots(
            "slots full of workflow tasks",
            "WorkflowWorker",
            &[("worker_type", "WorkflowWorker")],
        ),
        slots(
            "slots full of activities",
            "ActivityWorker",
            &[("worker_type", "ActivityWorker")],
        ),
        slots(
            "slots full of local activities",
            "LocalActivityWorker",
            &[("worker_type", "LocalActivityWorker")],
        ),
        slots(
            "slots full of Nexus tasks",
            "NexusWorker",
            &[("worker_type", "NexusWorker")],
        ),
        Fault::new(
            "slots nearly full",
            "SlotsNearlyExhausted",
            full("ActivityWorker", 0.92),
        )
        .within(25),
        Fault::new(
            "one replica of ten fails",
            "ReplicaFails",
            one(Trouble {
                failing: 1.0,
                ..none()
            }),
        )
        .of(ten)
        .within(25),
        Fault::new(
            "one replica of ten does not poll",
            "ReplicaDoesNotPoll",
            one(unpolled(&["activity_task"])),
        )
        .of(ten)
        .within(35),
    ]
}
