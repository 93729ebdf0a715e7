//! Faults while the fleet is busy with something else: a deployment, or a surge.

use super::{Fault, none, tasks::stuck};
use crate::days::{
    features::Feature::{self, Deployment, MondaysSurge, SurgeNearLimit},
    trouble::Trouble,
    work::RARE,
};

const DEPLOYMENT: &[Feature] = &[Deployment];
const SURGE: &[Feature] = &[MondaysSurge];
const BOTH: &[Feature] = &[Deployment, MondaysSurge];
const NEAR: &[Feature] = &[SurgeNearLimit];

pub fn beneath() -> Vec<Fault> {
    let unpolled = Trouble {
        unpolled: &["activity_task"],
        ..none()
    };
    let hangs = |kind| Trouble {
        hangs: Some(kind),
        ..none()
    };
    let fail = |reason, share| Trouble {
        tasks_fail: Some((reason, share)),
        ..none()
    };
    let failing = Trouble {
        failing: 0.8,
        ..none()
    };
    let thrash = Trouble {
        misses: 0.6,
        ..none()
    };
    let wait = Trouble {
        wait: Some(8.0),
        ..none()
    };
    let throttled = Trouble {
        refused: &[("StartWorkflowExecution", false, "RESOURCE_EXHAUSTED", 0.3)],
        ..none()
    };
    let dead = Trouble {
        dead: true,
        ..none()
    };
    let amid = |name, alert, trouble, features| Fault::new(name, alert, trouble).amid(features);
    vec![
        amid(
            "nobody polls for activities in a surge",
            "PollersZero",
            unpolled,
            SURGE,
        )
        .within(13),
        amid(
            "processes died after a deployment",
            "WorkerVanished",
            dead,
            DEPLOYMENT,
        ),
        amid(
            "activities hang in a surge",
            "SlotsExhausted",
            hangs("ActivityWorker"),
            SURGE,
        )
        .within(12),
        amid(
            "activities hang after a deployment, nearly all slots in use",
            "SlotsExhausted",
            hangs("ActivityWorker"),
            &[Deployment, SurgeNearLimit],
        ),
        amid(
            "workflow tasks hang after a deployment",
            "SlotsExhausted",
            hangs("WorkflowWorker"),
            DEPLOYMENT,
        ),
        amid(
            "non-determinism after a deployment in a surge",
            "NonDeterminism",
            fail("NonDeterminismError", 0.05),
            BOTH,
        )
        .within(8),
        amid(
            "workflow tasks fail after a deployment",
            "WorkflowTaskFailuresElevated",
            fail("WorkflowError", 0.5),
            DEPLOYMENT,
        ),
        amid(
            "one task fails forever after a deployment in a surge",
            "WorkflowTasksFailAgain",
            stuck(RARE, "WorkflowError"),
            BOTH,
        )
        .within(75),
        amid(
            "activities fail in a surge",
            "ActivityFailuresElevated",
            failing,
            SURGE,
        ),
        amid(
            "starts throttled in a surge",
            "ResourceExhaustedForUsers",
            throttled,
            NEAR,
        )
        .labels(&[("namespace", "shop")]),
        amid(
            "the cache thrashes after a deployment",
            "StickyCacheThrash",
            thrash,
            DEPLOYMENT,
        )
        .within(35),
        amid(
            "tasks wait long in a surge",
            "WorkflowTaskScheduleToStartHigh",
            wait,
            SURGE,
        ),
    ]
}
