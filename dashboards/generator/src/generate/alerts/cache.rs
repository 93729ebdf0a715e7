use chronoscope::schema::Label;

use super::super::alert::{
    Alert,
    Condition::{Above, EmptyCache},
    Severity::Warning,
};

const QUEUE: &[Label] = &[Label::Namespace, Label::TaskQueue];

/// Whether runs stay in memory.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "StickyCacheEmptyUnderLoad",
        severity: Warning,
        minutes: 15,
        condition: EmptyCache,
        by: QUEUE,
        follows: &["NonDeterminism"],
        symptom: "Workflow tasks come in while no run is cached",
        cause: "The cache is switched off (`max_cached_workflows` is 0), or every task fails and throws its run out.",
        check: "See the worker's options, and `Failed workflow tasks by reason`.",
        fix: "Give the cache a size; mend the failing tasks.",
    },
    Alert {
        name: "StickyCacheThrash",
        severity: Warning,
        minutes: 15,
        condition: Above(&[]),
        by: QUEUE,
        follows: &["StickyCacheEmptyUnderLoad", "NonDeterminism"],
        symptom: "Runs are thrown out of the cache more often than they are found there",
        cause: "More runs are active at once than the cache holds, so that tasks replay whole histories.",
        check: "See `Runs in the cache`: is it at its limit? See what a replay costs below it.",
        fix: "Raise `max_cached_workflows` while memory allows it, or add workers.",
    },
];
