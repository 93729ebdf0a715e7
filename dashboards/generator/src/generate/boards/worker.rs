//! The overview of workers: polling, slots and waits.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};
use super::{ACTIVITY, QUEUE, WORKFLOW, optional};

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "Worker overview",
        about: "Whether the workers keep up: backlog, slots, pollers, failures and latencies",
        anchor: M::NumPollers,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "At a glance",
                panels: glance(draw),
            },
            Row {
                title: "Backlog",
                panels: backlog(draw),
            },
            Row {
                title: "Slots and pollers",
                panels: slots(draw),
            },
            Row {
                title: "Failures",
                panels: failures(draw),
            },
            Row {
                title: "Latencies",
                panels: latencies(draw),
            },
            Row {
                title: "Resource-based slots",
                panels: optional::resources(draw),
            },
            Row {
                title: "Nexus",
                panels: optional::nexus(draw),
            },
        ],
    }
}

fn glance(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles(
            "Workflow task wait, p99",
            M::WorkflowTaskScheduleToStartLatency,
            &[],
        )
        .stat()
        .bad(
            "more than a fifth of a second for long: workers lag behind.",
            "look at slots and CPU; add workers if both are used up.",
        )
        .alert("WorkflowTaskScheduleToStartElevated"),
        draw.quantiles("Activity wait, p99", M::ActivityScheduleToStartLatency, &[])
            .stat()
            .bad(
                "it climbs: activities queue up.",
                "look at the activity slots; raise them or add workers.",
            )
            .alert("ActivityScheduleToStartSevere"),
        slots_in_use(draw, "Slots in use", &[])
            .stat()
            .bad(
                "above 80 %: the next burst waits.",
                "raise the limit while CPU and memory allow it.",
            )
            .alert("SlotsNearlyExhausted"),
        draw.total("Pollers", M::NumPollers)
            .stat()
            .bad(
                "zero: nobody asks for work.",
                "see whether the workers were shut down.",
            )
            .alert("PollersZero"),
        draw.rate("Failed workflow tasks", M::WorkflowTaskExecutionFailed, &[])
            .stat()
            .bad(
                "anything above zero: runs are stuck until it is mended.",
                "see the reason below; for NonDeterminismError roll back.",
            )
            .alert("NonDeterminism"),
        draw.rate("Failed workflows", M::WorkflowFailed, &[])
            .stat()
            .bad(
                "more than the business expects.",
                "open the board of workflows for the error types.",
            ),
    ]
}

fn slots_in_use(draw: &Draw, title: &'static str, by: &[Label]) -> Panel {
    let promql = draw.promql();
    let sum = |metric| promql.sum(metric, &[], by);
    let (used, free) = (
        sum(M::WorkerTaskSlotsUsed),
        sum(M::WorkerTaskSlotsAvailable),
    );
    let metrics = [M::WorkerTaskSlotsUsed, M::WorkerTaskSlotsAvailable];
    draw.share(title, &metrics, by, format!("{used} / ({used} + {free})"))
}

fn backlog(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles(
            "Workflow task wait",
            M::WorkflowTaskScheduleToStartLatency,
            QUEUE,
        )
        .bad(
            "seconds: every step of every workflow is late by that.",
            "check slots, then CPU, then the number of pollers.",
        )
        .alert("WorkflowTaskScheduleToStartHigh"),
        draw.quantiles("Activity wait", M::ActivityScheduleToStartLatency, QUEUE)
            .bad(
                "it grows without an end: more is scheduled than is done.",
                "add workers or slots, or slow down who schedules.",
            )
            .alert("ActivityScheduleToStartSevere"),
        draw.rates(
            "Polls for workflow tasks",
            &[
                ("brought one", M::WorkflowTaskQueuePollSucceed),
                ("empty", M::WorkflowTaskQueuePollEmpty),
            ],
            QUEUE,
        )
        .bad(
            "no polls at all, or nearly all empty while another queue waits.",
            "see whether the worker polls the queue that is filled.",
        )
        .alert("CompletionsZeroOfWorkflowTasks"),
        draw.rates(
            "Polls for activity tasks",
            &[
                ("brought one", M::ActivityTaskReceived),
                ("empty", M::ActivityPollNoTask),
            ],
            QUEUE,
        )
        .bad(
            "tasks are brought, yet none is completed.",
            "see the board of activities.",
        )
        .alert("CompletionsZeroOfActivities"),
    ]
}

fn slots(draw: &Draw) -> Vec<Panel> {
    let (worker, poller) = (&[Label::WorkerType], &[Label::PollerType]);
    vec![
        slots_in_use(draw, "Slots in use by kind", worker)
            .bad(
                "near 100 %: tasks wait while the worker is full.",
                "find what holds the slots (hanging activities?), or raise the limit.",
            )
            .alert("SlotsNearlyExhausted"),
        draw.gauge(
            "Slots in use, each instance",
            M::WorkerTaskSlotsUsed,
            worker,
        )
        .bad(
            "one instance holds far more than the others: something hangs there.",
            "take a stack dump of that instance, then restart it.",
        )
        .alert("SlotsNearlyExhausted"),
        draw.gauge("Free slots", M::WorkerTaskSlotsAvailable, worker)
            .bad(
                "zero.",
                "see who holds them; without free slots nothing is polled.",
            )
            .alert("SlotsExhausted"),
        draw.gauge("Pollers by kind", M::NumPollers, poller)
            .bad(
                "zero of a kind that the worker should have.",
                "a worker was shut down, or its slots are used up.",
            )
            .alert("PollersZero"),
        draw.rate("Workers started", M::WorkerStart, QUEUE)
            .bad(
                "it never rests: workers crash and come back.",
                "read the last log lines of an instance that ended.",
            )
            .alert("WorkerVanished"),
    ]
}

fn failures(draw: &Draw) -> Vec<Panel> {
    let reason = &[Label::FailureReason];
    vec![
        draw.rate(
            "Failed workflow tasks by reason",
            M::WorkflowTaskExecutionFailed,
            reason,
        )
        .bad(
            "NonDeterminismError, or a size that is too large: the run can't go on.",
            "roll back the code, or store large payloads elsewhere.",
        )
        .alert("NonDeterminism"),
        draw.rate(
            "Failed activity attempts by reason",
            M::ActivityExecutionFailed,
            reason,
        )
        .bad(
            "a step up after a deployment or an outage of what they call.",
            "open the board of activities for the error types.",
        )
        .alert("ActivityFailuresElevated"),
        draw.rate("Failed workflows by type", M::WorkflowFailed, WORKFLOW)
            .bad(
                "a type that never failed before.",
                "follow the series' link to its traces.",
            ),
    ]
}

fn latencies(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles(
            "Workflow task execution",
            M::WorkflowTaskExecutionLatency,
            &[],
        )
        .bad(
            "near ten seconds: tasks time out and are done again.",
            "find workflow code that blocks or computes; move it to activities.",
        )
        .alert("WorkflowTaskExecutionLatencyHigh"),
        draw.quantiles("Activity attempts", M::ActivityExecutionLatency, &[])
            .bad(
                "higher than what the activities call usually takes.",
                "compare types on the board of activities.",
            ),
        draw.quantiles("Workflows, start to end", M::WorkflowEndToEndLatency, &[])
            .bad(
                "beyond what was promised to users.",
                "see which of waits, attempts or timers grew.",
            ),
        draw.mean(
            "Activity attempts, mean by type",
            M::ActivityExecutionLatency,
            ACTIVITY,
        )
        .bad(
            "one type pulls away from its past.",
            "follow the series' link to its traces.",
        ),
    ]
}
