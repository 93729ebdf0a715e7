//! Whether workers poll, have free slots, and complete tasks.

use chronoscope::schema::{Label, Metric};

use super::super::{
    alert::{
        Alert,
        Severity::{Critical, Warning},
    },
    condition::Condition::{Above, FailsHere, Held, Unended, Unpolled, UnpolledHere, Vanished},
};

const POLLER: &[Label] = &[Label::Namespace, Label::TaskQueue, Label::PollerType];
const SLOT: &[Label] = &[Label::Namespace, Label::TaskQueue, Label::WorkerType];
const QUEUE: &[Label] = &[Label::Namespace, Label::TaskQueue];

/// Whether workers poll, have free slots, and complete tasks.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "PollersZero",
        severity: Critical,
        // Longer than most workers take to finish their activities at shutdown.
        minutes: 10,
        condition: Unpolled,
        by: POLLER,
        kind: "",
        follows: &[],
        symptom: "No worker polls a task queue, although a process that should is running and has free slots",
        cause: "The worker shut down or failed while its process stayed up. A worker without others that takes more than ten minutes to finish its activities at shutdown looks the same.",
        check: "Search the log for the end of `Worker::run` and for poll errors, and compare instances on the panel `Pollers by kind`.",
        fix: "Restart the process. Let the process exit when its worker ends, so that its supervisor restarts it. Start the new worker before the old one shuts down.",
    },
    Alert {
        name: "WorkerVanished",
        severity: Critical,
        minutes: 5,
        condition: Vanished(Metric::NumPollers),
        by: QUEUE,
        kind: "",
        follows: &[],
        symptom: "Prometheus can no longer scrape any worker of a task queue",
        cause: "The worker processes died or hang, or the network to them is down. Prometheus still lists them as targets, so they were not scaled to zero. With metrics pushed over OTLP there is no `up`, so this alert cannot fire: dead workers raise nothing there. It clears by itself after an hour.",
        check: "Look at `up` for the targets. Look for crashes, OOM kills, and deployments that did not come up.",
        fix: "Bring the workers back. If they were removed on purpose, remove their targets too.",
    },
    Alert {
        name: "SlotsExhausted",
        severity: Critical,
        minutes: 5,
        condition: Held,
        by: SLOT,
        kind: "",
        follows: &["CompletionsZeroOfActivities"],
        symptom: "All slots of a task queue's workers are in use, and nothing that holds them has ended for minutes",
        cause: "What holds the slots hangs: a call without a timeout, a lock, blocked workflow code. Activities count as hanging after five minutes without an end if they took 75 seconds or less on average, and after half an hour if they took seven and a half minutes or less. It can be a false alarm where short activities give way to long ones. Only fixed-size slot suppliers report free slots.",
        check: "Compare `One attempt` by type with its usual value. Take a stack dump of a worker.",
        fix: "Restart the workers. Give activities that hang a timeout and heartbeats.",
    },
    Alert {
        name: "SlotsNearlyExhausted",
        severity: Warning,
        minutes: 30,
        condition: Above(&[]),
        by: SLOT,
        kind: "",
        follows: &["SlotsExhausted", "CompletionsZeroOfActivities"],
        symptom: "More than 80 % of a task queue's slots are in use, on average over an hour",
        cause: "The load is close to what the workers can run at once, or above it. A surge that ends within an hour does not count.",
        check: "Look at CPU and memory of the workers, and at which types take longer than before. Do tasks wait?",
        fix: "If the CPU is idle, raise the limit; if it is busy, add workers. Silence this for queues that are full by design.",
    },
    Alert {
        name: "CompletionsZeroOfWorkflowTasks",
        severity: Critical,
        minutes: 5,
        condition: Unended {
            begun: Metric::WorkflowTaskQueuePollSucceed,
            ended: Metric::WorkflowTaskExecutionLatency,
            used_to: false,
        },
        by: QUEUE,
        kind: "workflow",
        follows: &[],
        symptom: "Workflow tasks arrive, but none ends",
        cause: "Workflow code hangs. Tasks that fail have alerts of their own, and so has the case that those that hang hold all slots (SlotsExhausted).",
        check: "Take a stack dump of a worker: what are its workflow threads waiting for?",
        fix: "Roll back the last deployment. Move blocking calls out of workflow code into an activity.",
    },
    Alert {
        name: "CompletionsZeroOfActivities",
        severity: Critical,
        minutes: 5,
        condition: Unended {
            begun: Metric::ActivityTaskReceived,
            ended: Metric::ActivityExecutionLatency,
            used_to: true,
        },
        by: QUEUE,
        kind: "activity",
        follows: &[],
        symptom: "Activities start, but none has ended for half an hour, although they did before",
        cause: "They hang: a call without a timeout, a lock, an exhausted connection pool. Attempts that failed, were cancelled or complete asynchronously count as ended. If all slots are in use by then, SlotsExhausted fires instead. This can be a false alarm where all activities of a task queue take longer than half an hour and come in waves.",
        check: "Compare `Received` with `Ends by class` on the activities board, by type. Take a stack dump of a worker.",
        fix: "Restart the workers, then add a timeout to the call that hangs and heartbeats to the activity.",
    },
    Alert {
        name: "ReplicaFails",
        severity: Warning,
        minutes: 10,
        condition: FailsHere {
            failed: Metric::ActivityExecutionFailed,
            ended: Metric::ActivityExecutionLatency,
        },
        by: QUEUE,
        kind: "activity",
        follows: &[],
        symptom: "Most activity attempts fail on one instance, but not on the others",
        cause: "That instance is missing something: a credential, disk space, a network route.",
        check: "Search that instance's log for the error. Compare its node and configuration with the others.",
        fix: "Take the instance out of service; its attempts are retried elsewhere.",
    },
    Alert {
        name: "ReplicaDoesNotPoll",
        severity: Warning,
        minutes: 20,
        condition: UnpolledHere,
        by: POLLER,
        kind: "",
        follows: &[],
        symptom: "One instance has stopped polling, while others of its task queue still poll",
        cause: "Its worker ended while its process stayed up, work that hangs is holding its slots, or its shutdown is slow.",
        check: "Look at `Pollers by kind` and `Slots in use` for that instance. Search its log for the end of `Worker::run`.",
        fix: "Restart the instance. Let the process exit when its worker ends.",
    },
];
