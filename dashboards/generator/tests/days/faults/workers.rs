//! Faults of workers: pollers, slots and single replicas.

use super::{Fault, none};
use crate::days::{features::Feature, trouble::Trouble};

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
    vec![
        zero(
            "nobody polls",
            &["workflow_task", "sticky_workflow_task", "activity_task"],
        ),
        zero("nobody polls for activities", &["activity_task"])
            .labels(&[("task_queue", "orders"), ("poller_type", "activity_task")]),
        zero(
            "nobody polls for workflow tasks",
            &["workflow_task", "sticky_workflow_task"],
        )
        .labels(&[
            ("task_queue", "orders"),
            ("poller_type", "workflow_task|sticky_workflow_task"),
        ]),
        zero("nobody polls for Nexus tasks", &["nexus_task"])
            .labels(&[("task_queue", "orders"), ("poller_type", "nexus_task")])
            .of(|queue| queue.nexus = 30.0),
        // Long enough that tasks have waited for more than half an hour.
        zero(
            "nobody polls for a long time",
            &["workflow_task", "sticky_workflow_task", "activity_task"],
        )
        .within(35),
        died("processes died"),
        died("processes died, for a long time").within(35),
    ]
}

fn died(name: &'static str) -> Fault {
    let dead = Trouble {
        dead: true,
        ..none()
    };
    Fault::new(name, "WorkerVanished", dead)
}

/// What is pushed has no `up` whose end could be seen.
pub fn unseen() -> Vec<Fault> {
    let pushed = |fault| Fault {
        pushed: true,
        ..fault
    };
    vec![pushed(died("processes died, metrics by OTLP"))]
}

pub fn slots() -> Vec<Fault> {
    let full = |name, kind| {
        let hangs = Some(kind);
        Fault::new(name, "SlotsExhausted", Trouble { hangs, ..none() })
    };
    let nearly = Trouble {
        takes: Some(0.5),
        ..none()
    };
    vec![
        full("workflow tasks hang", "WorkflowWorker").labels(&[("worker_type", "WorkflowWorker")]),
        full("activities hang", "ActivityWorker").labels(&[("worker_type", "ActivityWorker")]),
        // Afterwards all slots are in use for a while, until what waited is worked off.
        Fault {
            lasts: 40,
            ..full("activities of some minutes hang", "ActivityWorker")
                .of(|queue| (queue.takes, queue.slots) = (3.0, 600.0))
                .labels(&[("worker_type", "ActivityWorker")])
                .within(75)
                .clears(95)
                .amid(&[Feature::NoZeros])
                .and("SlotsNearlyExhausted", &[("task_queue", "orders")])
        },
        full("local activities hang", "LocalActivityWorker")
            .labels(&[("worker_type", "LocalActivityWorker")]),
        full("Nexus tasks hang", "NexusWorker")
            .of(|queue| queue.nexus = 30.0)
            .labels(&[("worker_type", "NexusWorker")]),
        Fault::new("slots nearly full", "SlotsNearlyExhausted", nearly).within(95),
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
    let hangs = Trouble {
        hangs: Some("ActivityWorker"),
        ..none()
    };
    let at_all = Trouble {
        one: true,
        ..unpolled(&[
            "workflow_task",
            "sticky_workflow_task",
            "activity_task",
            "nexus_task",
        ])
    };
    vec![
        one("one replica of ten fails", "ReplicaFails", fails).within(25),
        one(
            "one replica of ten does not poll",
            "ReplicaDoesNotPoll",
            idle,
        )
        .within(35),
        one("one replica of ten hangs", "ReplicaDoesNotPoll", hangs).within(35),
        Fault::new(
            "one replica of three does not poll at all",
            "ReplicaDoesNotPoll",
            at_all,
        )
        .amid(&[Feature::SeveralReplicas])
        .of(|queue| {
            queue.nexus = 30.0;
            queue.updates = 0.0;
            queue.clients = 0;
            queue.zeros = false;
        })
        .within(35),
    ]
}
