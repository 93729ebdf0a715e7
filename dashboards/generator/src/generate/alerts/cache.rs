//! Whether runs stay cached, and histories stay small.

use chronoscope::schema::Label;

use super::super::{
    alert::{Alert, Severity::Warning},
    condition::Condition::{Above, EmptyCache},
};

const QUEUE: &[Label] = &[Label::Namespace, Label::TaskQueue];
const TYPE: &[Label] = &[Label::Namespace, Label::TaskQueue, Label::WorkflowType];

/// Whether runs stay cached, and histories stay small.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "StickyCacheEmptyUnderLoad",
        severity: Warning,
        minutes: 15,
        condition: EmptyCache,
        by: QUEUE,
        kind: "workflow",
        follows: &[],
        symptom: "Workflow runs are never cached, so each task replays its whole history",
        cause: "The cache is off (`max_cached_workflows` is 0). The replay after each failed task is not counted.",
        check: "Look at the worker's options.",
        fix: "Give the cache a size.",
    },
    Alert {
        name: "StickyCacheThrash",
        severity: Warning,
        minutes: 15,
        condition: Above(&[]),
        by: QUEUE,
        kind: "workflow",
        follows: &[],
        symptom: "Many workflow tasks do not find their run in the cache",
        cause: "More runs are active at once than the cache holds, so tasks replay whole histories.",
        check: "Is `Runs in the cache` at its limit? The replay panels below it show what that costs.",
        fix: "Raise `max_cached_workflows` while memory allows, or add workers.",
    },
    Alert {
        name: "ReplaysPerTaskHigh",
        severity: Warning,
        minutes: 15,
        condition: Above(&[]),
        by: QUEUE,
        kind: "workflow",
        follows: &["StickyCacheEmptyUnderLoad", "StickyCacheThrash"],
        symptom: "More than half of all workflow tasks replay their run",
        cause: "Runs leave the cache between tasks: the cache is small, workers restart often, or queries ask for closed runs.",
        check: "Look at `Misses` and `Runs in the cache` on the replay board. Are there many queries to closed runs?",
        fix: "Raise `max_cached_workflows`, deploy less often, or keep queried values in a search attribute.",
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
        cause: "The run has gone on for a long time without continuing as new. The server terminates it at 51,200 events.",
        check: "Look at `Events of a history` on the workflows board. List the type's runs by `HistoryLength`.",
        fix: "Continue as new when the SDK suggests it. Signal or reset runs that are close to the limit.",
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
        cause: "Arguments or results are large, or there are many of them. The server terminates the run at 50 MiB.",
        check: "Look at `Bytes of a history` and `Payloads of a command` on the workflows board.",
        fix: "Store large payloads elsewhere and pass their keys; continue as new earlier.",
    },
];
