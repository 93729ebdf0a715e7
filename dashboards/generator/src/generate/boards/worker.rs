//! The overview of workers: polling, slots and waits.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};
use super::{QUEUE, outcomes, resources};

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
                panels: outcomes::failures(draw),
            },
            Row {
                title: "Latencies",
                panels: outcomes::latencies(draw),
            },
            Row {
                title: "Resource-based slots",
                panels: resources::panels(draw),
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
            "more than 200 ms for a while: workers lag behind.",
            "look at slots and CPU; add workers if both are saturated.",
        )
        .alert("WorkflowTaskScheduleToStartElevated"),
        draw.quantiles("Activity wait, p99", M::ActivityScheduleToStartLatency, &[])
            .stat()
            .bad(
                "it climbs: activities are queueing up.",
                "look at the activity slots; raise them or add workers.",
            )
            .alert("ActivityScheduleToStartSevere"),
        slots_in_use(draw, "Slots in use", &[])
            .stat()
            .bad(
                "above 80 %: the next burst waits.",
                "raise the limit while CPU and memory allow.",
            )
            .alert("SlotsNearlyExhausted"),
        draw.total("Pollers", M::NumPollers)
            .stat()
            .bad(
                "zero: no worker asks for work.",
                "check whether the workers were shut down.",
            )
            .alert("PollersZero"),
        draw.rate("Failed workflow tasks", M::WorkflowTaskExecutionFailed, &[])
            .stat()
            .bad(
                "anything above zero: runs are stuck until it is fixed.",
                "look at the reason below; roll back on NonDeterminismError.",
            )
            .alert("NonDeterminism"),
        draw.rate("Failed workflows", M::WorkflowFailed, &[])
            .stat()
            .bad(
                "more than the business expects.",
                "open the workflows board for the error types.",
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
            "seconds: every step of every workflow is that late.",
            "check slots, then CPU, then the number of pollers.",
        )
        .alert("WorkflowTaskScheduleToStartHigh"),
        draw.quantiles("Activity wait", M::ActivityScheduleToStartLatency, QUEUE)
            .bad(
                "it keeps growing: more is scheduled than gets done.",
                "add workers or slots, or slow down the workflows that schedule them.",
            )
            .alert("ActivityScheduleToStartSevere"),
        draw.rates(
            "Polls for workflow tasks",
            &[
                ("got a task", M::WorkflowTaskQueuePollSucceed),
                ("empty", M::WorkflowTaskQueuePollEmpty),
            ],
            QUEUE,
        )
        .bad(
            "no polls at all, or nearly all empty while another task queue waits.",
            "check that the worker polls the task queue that has work.",
        )
        .alert("CompletionsZeroOfWorkflowTasks"),
        draw.rates(
            "Polls for activity tasks",
            &[
                ("got a task", M::ActivityTaskReceived),
                ("empty", M::ActivityPollNoTask),
            ],
            QUEUE,
        )
        .bad(
            "polls return tasks, but none completes.",
            "open the activities board.",
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
                "find what holds the slots (activities that hang?), or raise the limit.",
            )
            .alert("SlotsNearlyExhausted"),
        draw.gauge("Slots in use by instance", M::WorkerTaskSlotsUsed, worker)
            .bad(
                "one instance holds far more than the others: something hangs there.",
                "take a stack dump of that instance, then restart it.",
            )
            .alert("SlotsNearlyExhausted"),
        draw.gauge("Free slots", M::WorkerTaskSlotsAvailable, worker)
            .bad(
                "zero.",
                "find what holds them; a worker without free slots does not poll.",
            )
            .alert("SlotsExhausted"),
        draw.gauge("Pollers by kind", M::NumPollers, poller)
            .bad(
                "zero for a kind that the worker should have.",
                "check whether a worker was shut down or its slots are used up.",
            )
            .alert("PollersZero"),
        draw.rate("Workers started", M::WorkerStart, QUEUE)
            .bad(
                "it never settles: workers crash and restart.",
                "read the last log lines of an instance that exited.",
            )
            .alert("WorkerVanished"),
    ]
}
