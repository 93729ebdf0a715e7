//! Faults of workers: pollers, slots and single replicas.

use super::{Fault, none};
use crate::days::trouble::Trouble;

/// Seconds that tasks have waited during an outage, and just after it.
const WAITED: Option<f64> = Some(3000.0);

pub fn waited(kind: &str) -> Trouble {
    let is = |other| kind == other || kind == "any";
    Trouble {
        wait: WAITED.filter(|_| is("workflow")),
        activity_wait: WAITED.filter(|_| is("activity")),
        ..none()
    }
}

fn unpolled(unpolled: &'static [&'static str]) -> Trouble {
    Trouble { unpolled, ..none() }
}

pub fn pollers() -> Vec<Fault> {
    let zero = |name, kinds| Fault::new(name, "PollersZero", unpolled(kinds));
    let dead = Trouble {
        dead: true,
        ..none()
    };
    vec![
        zero(
            "nobody polls",
            &["workflow_task", "sticky_workflow_task", "activity_task"],
        )
        .leaves(waited("any")),
        zero("nobody polls for activities", &["activity_task"])
            .labels(&[("task_queue", "orders"), ("poller_type", "activity_task")])
            .leaves(waited("activity")),
        zero(
            "nobody polls for workflow tasks",
            &["workflow_task", "sticky_workflow_task"],
        )
        .labels(&[
            ("task_queue", "orders"),
            ("poller_type", "workflow_task|sticky_workflow_task"),
        ])
        .leaves(waited("workflow")),
        Fault::new("processes died", "WorkerVanished", dead),
    ]
}

pub fn slots() -> Vec<Fault> {
    let used = |name, alert, kind, share| {
        let full = Some((kind, share));
        Fault::new(name, alert, Trouble { full, ..none() })
    };
    let full = |name, kind| used(name, "SlotsExhausted", kind, 1.0);
    let trickle = |name, slots, kind| {
        let full = Some((slots, 1.0));
        let waits = Trouble {
            full,
            ..waited(kind)
        };
        Fault::new(name, "SlotsExhausted", waits).leaves(waited(kind))
    };
    vec![
        full("slots full of workflow tasks", "WorkflowWorker")
            .labels(&[("worker_type", "WorkflowWorker")]),
        full("slots full of activities", "ActivityWorker")
            .labels(&[("worker_type", "ActivityWorker")]),
        full("slots full of local activities", "LocalActivityWorker")
            .labels(&[("worker_type", "LocalActivityWorker")]),
        full("slots full of Nexus tasks", "NexusWorker").labels(&[("worker_type", "NexusWorker")]),
        trickle(
            "slots of workflow tasks full, tasks trickle",
            "WorkflowWorker",
            "workflow",
        )
        .labels(&[("worker_type", "WorkflowWorker")]),
        trickle(
            "slots of activities full, tasks trickle",
            "ActivityWorker",
            "activity",
        )
        .labels(&[("worker_type", "ActivityWorker")]),
        used(
            "slots nearly full",
            "SlotsNearlyExhausted",
            "ActivityWorker",
            0.92,
        )
        .within(25),
    ]
}

pub fn replicas() -> Vec<Fault> {
    let one = |name, alert, trouble| {
        let trouble = Trouble {
            one: true,
            ..trouble
        };
        Fault::new(name, alert, trouble).of(|queue| {
            (queue.replicas, queue.slim, queue.runs) = (10, true, 300.0);
        })
    };
    let fails = Trouble {
        failing: 1.0,
        ..none()
    };
    let idle = unpolled(&["activity_task"]);
    vec![
        one("one replica of ten fails", "ReplicaFails", fails).within(25),
        one(
            "one replica of ten does not poll",
            "ReplicaDoesNotPoll",
            idle,
        )
        .within(35),
    ]
}
