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
        about: "Whether all is well, in six questions, and which board to open if it is not",
        anchor: M::NumPollers,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "Is work done?",
                panels: done(draw),
            },
            Row {
                title: "Is anything in its way?",
                panels: obstacles(draw),
            },
        ],
    }
}

fn done(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate("Runs that end", M::WorkflowOutcome, &[Label::Outcome])
            .bad(
                "`failed` rises, or all of it stops.",
                "open `Workflows by type`: of which type are they?",
            ),
        draw.rate(
            "Attempts of activities that end",
            M::ActivityOutcome,
            &[Label::Outcome],
        )
        .bad(
            "`failed` or `timed_out` rises, or all of it stops.",
            "open `Activities by type`: of which type are they, and with which error?",
        )
        .alert("ActivityFailuresElevated"),
        draw.rate(
            "Workflow tasks that fail",
            M::WorkflowTaskExecutionFailed,
            &[Label::FailureReason],
        )
        .bad(
            "anything that lasts: runs are stuck.",
            "search the log for the failed task; open `Workflows by type`.",
        )
        .alert("WorkflowTaskFailuresElevated"),
    ]
}

fn obstacles(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Tasks wait", M::WorkflowTaskScheduleToStartLatency, QUEUE)
            .bad(
                "more than a fifth of a second for long: workers lag behind.",
                "open `Worker overview`: are slots or the CPU used up?",
            )
            .alert("WorkflowTaskScheduleToStartElevated"),
        draw.gauge(
            "Who polls",
            M::NumPollers,
            &[Label::TaskQueue, Label::PollerType],
        )
        .bad(
            "zero: nobody asks for work of that kind.",
            "open `Worker overview`: are its slots full, or did the worker end?",
        )
        .alert("PollersZero"),
        draw.rate(
            "Calls that fail",
            M::RequestFailure,
            &[Label::Operation, Label::StatusCode],
        )
        .bad(
            "UNAVAILABLE, or RESOURCE_EXHAUSTED that lasts.",
            "open `gRPC`: is it one operation, or all of them?",
        )
        .alert("ServerUnreachable"),
    ]
}
