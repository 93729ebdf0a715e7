use chronoscope::schema::{Label, Metric};

use super::super::alert::{
    Alert,
    Condition::{Above, Unanswered, Vanished, Zero},
    Severity::{Critical, Warning},
};

const POLLER: &[Label] = &[Label::Namespace, Label::TaskQueue, Label::PollerType];
const SLOT: &[Label] = &[Label::Namespace, Label::TaskQueue, Label::WorkerType];

/// Whether workers ask for work, have room for it, and answer.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "PollersZero",
        severity: Critical,
        minutes: 5,
        condition: Zero(Metric::NumPollers),
        by: POLLER,
        follows: &["SlotsExhausted"],
        symptom: "Nobody polls a task queue, though a process of its workers is alive",
        cause: "The worker was shut down or failed while its process went on, or all of its slots are in use, which ends polling too.",
        check: "Is SlotsExhausted firing, too? If not, search the log for the end of `Worker::run` and for errors of polls; compare instances on the panel `Pollers by kind`.",
        fix: "Restart the process. Let it end when its worker ends, so that whatever supervises it starts it anew.",
    },
    Alert {
        name: "WorkerVanished",
        severity: Critical,
        minutes: 5,
        condition: Vanished(Metric::NumPollers),
        by: POLLER,
        follows: &[],
        symptom: "All workers of a task queue are gone, with their metrics",
        cause: "Their processes died, were scaled to zero, or can no longer be scraped. The alert ends by itself after an hour: then the queue counts as given up.",
        check: "Does `up` know the targets? Look for crashes, evictions by memory, and deployments that did not come up.",
        fix: "Bring the workers back. If the queue is meant to be gone, silence this for an hour.",
    },
    Alert {
        name: "SlotsExhausted",
        severity: Critical,
        minutes: 2,
        condition: Zero(Metric::WorkerTaskSlotsAvailable),
        by: SLOT,
        follows: &[],
        symptom: "No slot is free on any worker of a task queue, so tasks wait",
        cause: "More work than slots, or slots held by work that hangs. Only suppliers of a fixed number have this metric.",
        check: "Is the CPU idle? Then the slots are too few or something hangs: compare `One attempt` by type with what is usual. Is it busy? Then workers are too few.",
        fix: "Raise the limit if the CPU is idle, add workers if it is busy, give hanging activities a timeout and heartbeats.",
    },
    Alert {
        name: "SlotsNearlyExhausted",
        severity: Warning,
        minutes: 2,
        condition: Above(&[]),
        by: SLOT,
        follows: &["SlotsExhausted"],
        symptom: "More than 80 % of a task queue's slots are in use",
        cause: "Load nears what the workers can hold at once.",
        check: "See CPU and memory of the workers, and which types run longer than they did.",
        fix: "Raise the limit or add workers before SlotsExhausted fires.",
    },
    Alert {
        name: "CompletionsZeroOfWorkflowTasks",
        severity: Critical,
        minutes: 5,
        condition: Unanswered(
            Metric::WorkflowTaskQueuePollSucceed,
            "RespondWorkflowTaskCompleted|RespondQueryTaskCompleted",
        ),
        by: &[Label::Namespace],
        follows: &[
            "PollersZero",
            "SlotsExhausted",
            "NonDeterminism",
            "WorkflowTaskExecutionLatencyHigh",
        ],
        symptom: "Workflow tasks come in and none is completed",
        cause: "Every task fails, the calls that answer fail, or workflow code hangs.",
        check: "See `Failed workflow tasks by reason`, then `Failed` on the board of gRPC for RespondWorkflowTaskCompleted.",
        fix: "Roll back what was deployed last. If the calls fail, mend the way to the server.",
    },
    Alert {
        name: "CompletionsZeroOfActivities",
        severity: Critical,
        minutes: 5,
        condition: Unanswered(Metric::ActivityTaskReceived, "RespondActivityTaskCompleted"),
        by: &[Label::Namespace],
        follows: &["PollersZero", "SlotsExhausted"],
        symptom: "Activity tasks come in and no activity is completed",
        cause: "Every attempt fails or hangs, or the calls that answer fail. Where all activities take longer than five minutes, this is normal: leave the rule out there.",
        check: "See `Errors by type` on the board of activities, then `Failed` on the board of gRPC for RespondActivityTaskCompleted.",
        fix: "Mend what the activities call, or roll back. Attempts are retried by themselves.",
    },
];
