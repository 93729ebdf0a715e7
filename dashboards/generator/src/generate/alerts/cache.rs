//! Whether runs stay in memory, and whether their histories stay small.

use chronoscope::schema::Label;

use super::super::{
    alert::{Alert, Severity::Warning},
    condition::Condition::{Above, EmptyCache},
};

const QUEUE: &[Label] = &[Label::Namespace, Label::TaskQueue];
const TYPE: &[Label] = &[Label::Namespace, Label::TaskQueue, Label::WorkflowType];

/// Whether runs stay in memory, and whether their histories stay small.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "StickyCacheEmptyUnderLoad",
        severity: Warning,
        minutes: 15,
        condition: EmptyCache,
        by: QUEUE,
        kind: "workflow",
        follows: &["NonDeterminism", "WorkflowTaskFailuresElevated"],
        symptom: "No run is ever cached, so workflow tasks replay whole histories",
        cause: "The cache is switched off (`max_cached_workflows` is 0), or every task fails and evicts its run.",
        check: "See the worker's options, and `Failed workflow tasks by reason`.",
        fix: "Give the cache a size; mend the failing tasks.",
    },
    Alert {
        name: "StickyCacheThrash",
        severity: Warning,
        minutes: 15,
        condition: Above(&[]),
        by: QUEUE,
        kind: "workflow",
        follows: &["NonDeterminism", "WorkflowTaskFailuresElevated"],
        symptom: "Many workflow tasks no longer find their run in the cache, where they should",
        cause: "More runs are active at once than the cache holds, so that tasks replay whole histories.",
        check: "See `Runs in the cache`: is it at its limit? See what a replay costs below it.",
        fix: "Raise `max_cached_workflows` while memory allows it, or add workers.",
    },
    Alert {
        name: "ReplaysPerTaskHigh",
        severity: Warning,
        minutes: 15,
        condition: Above(&[]),
        by: QUEUE,
        kind: "workflow",
        follows: &[
            "StickyCacheEmptyUnderLoad",
            "StickyCacheThrash",
            "NonDeterminism",
            "WorkflowTaskFailuresElevated",
        ],
        symptom: "More than half of the workflow tasks replay their run",
        cause: "Runs leave the cache between their tasks: it is small, workers come and go, or queries ask for runs that are over.",
        check: "See `Replays` and `Runs in the cache` on the board of replay; are there many queries to closed runs?",
        fix: "Raise `max_cached_workflows`, deploy less often at once, or keep what is asked for in a search attribute.",
    },
    Alert {
        name: "HistoryNearLimit",
        severity: Warning,
        minutes: 5,
        condition: Above(&[]),
        by: TYPE,
        kind: "workflow",
        follows: &[],
        symptom: "A run's history has more than 20,000 events",
        cause: "The run goes on for long without continuing as new. The server ends it at 51,200 events.",
        check: "See `Events of a history` on the board of workflows; list the type's runs by `HistoryLength`.",
        fix: "Continue as new when the SDK suggests it. Signal or reset the runs that are near the limit.",
    },
    Alert {
        name: "HistorySizeNearLimit",
        severity: Warning,
        minutes: 5,
        condition: Above(&[]),
        by: TYPE,
        kind: "workflow",
        follows: &[],
        symptom: "A run's history is larger than 20 MiB",
        cause: "Large arguments and results, or many of them. The server ends the run at 50 MiB.",
        check: "See `Bytes of a history` and `Payloads of a command` on the board of workflows.",
        fix: "Keep large payloads in a store and pass their keys; continue as new earlier.",
    },
];
