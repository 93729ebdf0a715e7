//! Two faults at the same time that have nothing to do with each other: neither may mute the other.

use super::{Fault, Second, none, tasks::stuck};
use crate::days::{
    features::Feature::{self, RunsThatSleep, SurgeNearLimit},
    trouble::Trouble,
    work::RARE,
};

/// The second queue also runs workflows.
const WHOLE: &[Feature] = &[RunsThatSleep];
const ORDERS: &[(&str, &str)] = &[("task_queue", "orders"), ("namespace", "shop")];
const BILLING: &[(&str, &str)] = &[("task_queue", "orders"), ("namespace", "billing")];
const PARCELS: &[(&str, &str)] = &[("task_queue", "parcels"), ("namespace", "shop")];
const OF_RARE: &[(&str, &str)] = &[("workflow_type", "Refund")];
const OF_USUAL: &[(&str, &str)] = &[("workflow_type", "Order")];

impl Fault {
    /// Another one on the same queue, of which the trouble of both tells.
    pub(super) fn and(
        self,
        alert: &'static str,
        labels: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.on(0, alert, labels, none())
    }

    /// Another one on another queue.
    fn on(
        mut self,
        of: usize,
        alert: &'static str,
        labels: &'static [(&'static str, &'static str)],
        trouble: Trouble,
    ) -> Self {
        self.second = Some(Second {
            alert,
            labels,
            of,
            trouble,
        });
        self
    }
}

fn waits() -> Trouble {
    Trouble {
        activity_wait: Some(3000.0),
        ..none()
    }
}

/// Of unlike types.
fn types() -> Vec<Fault> {
    let thrash = Trouble {
        misses: 0.6,
        ..stuck(RARE, "NonDeterminismError")
    };
    let replays = Trouble {
        replays: 0.7,
        ..stuck(RARE, "NonDeterminismError")
    };
    let fail = Trouble {
        tasks_fail: Some(("WorkflowError", 0.5)),
        ..stuck(RARE, "WorkflowError")
    };
    let slow = Trouble {
        task: Some(15.0),
        wait: Some(8.0),
        ..none()
    };
    vec![
        Fault::new(
            "a run of one type is stuck, and the cache thrashes",
            "StickyCacheThrash",
            thrash,
        )
        .within(35)
        .and("NonDeterminism", OF_RARE),
        Fault::new(
            "a run of one type is stuck, and each task replays",
            "ReplaysPerTaskHigh",
            replays,
        )
        .within(35)
        .and("NonDeterminism", OF_RARE),
        Fault::new(
            "tasks of one type fail, and a run of another is stuck",
            "WorkflowTaskFailuresElevated",
            fail,
        )
        .within(75)
        .labels(OF_USUAL)
        .and("WorkflowTasksFailAgain", OF_RARE),
        Fault::new(
            "tasks of one type take long, and tasks wait",
            "WorkflowTaskExecutionLatencyHigh",
            slow,
        )
        .labels(OF_USUAL)
        .and("WorkflowTaskScheduleToStartHigh", ORDERS),
    ]
}

/// Of unlike kinds, queues or namespaces.
fn places() -> Vec<Fault> {
    let hang = Trouble {
        hangs: Some("ActivityWorker"),
        ..none()
    };
    let kinds = Trouble {
        wait: Some(8.0),
        ..hang.clone()
    };
    let unpolled = Trouble {
        unpolled: &["activity_task"],
        ..none()
    };
    let away = Trouble {
        refused: &[("*", false, "UNAVAILABLE", 1.0)],
        ..none()
    };
    vec![
        Fault::new(
            "activities hang, and workflow tasks wait",
            "SlotsExhausted",
            kinds,
        )
        .labels(ORDERS)
        .and("WorkflowTaskScheduleToStartHigh", ORDERS),
        Fault::new(
            "nobody polls, and another namespace's activities wait",
            "PollersZero",
            unpolled,
        )
        .labels(ORDERS)
        .amid(WHOLE)
        .on(1, "ActivityScheduleToStartSevere", BILLING, waits()),
        Fault::new(
            "activities hang, and another queue's wait",
            "SlotsExhausted",
            hang,
        )
        .labels(ORDERS)
        .amid(&[SurgeNearLimit])
        .on(2, "ActivityScheduleToStartSevere", PARCELS, waits()),
        Fault::new(
            "the server is away for one namespace, and another's activities wait",
            "ServerUnreachable",
            away,
        )
        .labels(&[("namespace", "shop")])
        .amid(WHOLE)
        .on(1, "ActivityScheduleToStartSevere", BILLING, waits()),
    ]
}

pub fn pairs() -> Vec<Fault> {
    let mut pairs = types();
    pairs.extend(places());
    pairs
}
