//! The board to open first: whether all is well, and where to look if it is not.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};
use super::QUEUE;

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "First look",
        about: "Six questions that tell whether all is well, and which board to open if it is not",
        anchor: M::NumPollers,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "Is work getting done?",
                panels: done(draw),
            },
            Row {
                title: "Is anything blocking it?",
                panels: obstacles(draw),
            },
        ],
    }
}

fn done(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate(
            "Workflow runs that end",
            M::WorkflowOutcome,
            &[Label::Outcome],
        )
        .bad(
            "`failed` rises, or everything stops.",
            "open `Workflows by type`: which type is it?",
        ),
        draw.rate(
            "Activity attempts that end",
            M::ActivityOutcome,
            &[Label::Outcome],
        )
        .bad(
            "`failed` or `timed_out` rises, or everything stops.",
            "open `Activities by type`: which type is it, and which error?",
        )
        .alert("ActivityFailuresElevated"),
        draw.rate(
            "Workflow tasks that fail",
            M::WorkflowTaskExecutionFailed,
            &[Label::FailureReason],
        )
        .bad(
            "anything that persists: runs are stuck.",
            "search the log for the failed task; open `Workflows by type`.",
        )
        .alert("WorkflowTaskFailuresElevated"),
    ]
}

fn obstacles(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Task wait", M::WorkflowTaskScheduleToStartLatency, QUEUE)
            .bad(
                "more than 200 ms for a while: workers lag behind.",
                "open `Worker overview`: are the slots used up, or is the CPU saturated?",
            )
            .alert("WorkflowTaskScheduleToStartElevated"),
        draw.gauge(
            "Pollers by task queue",
            M::NumPollers,
            &[Label::TaskQueue, Label::PollerType],
        )
        .bad(
            "zero: no worker asks for work of that kind.",
            "open `Worker overview`: are its slots used up, or did the worker end?",
        )
        .alert("PollersZero"),
        draw.rate(
            "Calls that fail",
            M::RequestFailure,
            &[Label::Operation, Label::StatusCode],
        )
        .bad(
            "UNAVAILABLE, or RESOURCE_EXHAUSTED that persists.",
            "open `gRPC`: is it one operation or all of them?",
        )
        .alert("ServerUnreachable"),
    ]
}
