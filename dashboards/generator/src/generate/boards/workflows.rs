//! The board of workflows, by type.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};
use super::WORKFLOW;

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "Workflows by type",
        about: "How workflows of each type end, how long they take, and how large they grow",
        anchor: M::NumPollers,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "Ends",
                panels: [ends(draw), reasons(draw)].concat(),
            },
            Row {
                title: "Stuck",
                panels: stuck(draw),
            },
            Row {
                title: "Time",
                panels: time(draw),
            },
            Row {
                title: "Messages",
                panels: messages(draw),
            },
            Row {
                title: "Size",
                panels: size(draw),
            },
        ],
    }
}

fn ends(draw: &Draw) -> Vec<Panel> {
    let promql = draw.promql();
    let failed = promql.rate(M::WorkflowFailed, &[], WORKFLOW);
    let completed = promql.rate(M::WorkflowCompleted, &[], WORKFLOW);
    let share = format!("{failed} / ({failed} + {completed})");
    vec![
        draw.rate("Completed", M::WorkflowCompleted, WORKFLOW).bad(
            "it falls while starts do not.",
            "look at the waits on the worker overview.",
        ),
        draw.rate("Failed", M::WorkflowFailed, WORKFLOW).bad(
            "a jump after a deployment.",
            "look at the error types on this row, then at the traces.",
        ),
        draw.share(
            "Share that failed",
            &[M::WorkflowFailed, M::WorkflowCompleted],
            WORKFLOW,
            share,
        )
        .bad(
            "more than the business expects of the type.",
            "look at the error types on this row.",
        ),
    ]
}

/// Why runs ended as they did, and what else ends them.
fn reasons(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate(
            "Errors by type",
            M::WorkflowError,
            &[Label::WorkflowType, Label::ErrorType],
        )
        .bad(
            "a new error type.",
            "search the log for it; each line has the ids.",
        ),
        draw.rate("Cancelled", M::WorkflowCanceled, WORKFLOW).bad(
            "a wave that nobody expected.",
            "find out which client cancels.",
        ),
        draw.rate("Continued as new", M::WorkflowContinueAsNew, WORKFLOW)
            .bad(
                "runs that continue as new faster than they do work.",
                "look for a run that continues as new immediately.",
            ),
        draw.rate(
            "Ends by class",
            M::WorkflowOutcome,
            &[Label::WorkflowType, Label::Outcome],
        )
        .bad(
            "`panicked`, or `timed_out` where there was none before.",
            "follow the series' link to its traces.",
        ),
        draw.rate(
            "Failed tasks by reason",
            M::WorkflowTaskExecutionFailed,
            &[Label::WorkflowType, Label::FailureReason],
        )
        .bad(
            "anything: a run is stuck until its task succeeds.",
            "roll back or fix the code; runs then continue by themselves.",
        )
        .alert("WorkflowTaskFailuresElevated"),
    ]
}

/// What keeps runs from advancing.
fn stuck(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.gauge("Stuck runs", M::WorkflowStuck, WORKFLOW)
            .bad(
                "anything above zero for more than some minutes.",
                "look for the log line of the run, or list stuck runs with `top`.",
            )
            .alert("RunStuck"),
        draw.rate("Code that blocks", M::WorkflowBlocked, WORKFLOW)
            .bad(
                "anything: no other run of the worker advances meanwhile.",
                "move what blocks into an activity; the log line names the run.",
            )
            .alert("WorkflowCodeBlocks"),
        draw.rate(
            "Near a limit",
            M::WorkflowNearLimit,
            &[Label::WorkflowType, Label::Limit],
        )
        .bad(
            "anything but `continue_as_new_suggested`: the server ends a run that reaches a limit.",
            "let runs continue as new earlier, or start fewer operations at once.",
        )
        .alert("RunNearLimit"),
    ]
}

fn time(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Start to end", M::WorkflowEndToEndLatency, WORKFLOW)
            .bad(
                "longer than what was promised for the type.",
                "look at the waits on the worker overview, then at the activities.",
            ),
        draw.quantiles("Task execution", M::WorkflowTaskExecutionLatency, WORKFLOW)
            .bad(
                "near ten seconds, the default timeout of a workflow task.",
                "move work out of workflow code.",
            )
            .alert("WorkflowTaskExecutionLatencyHigh"),
    ]
}

fn messages(draw: &Draw) -> Vec<Panel> {
    let by = |name| [Label::WorkflowType, name, Label::Outcome];
    vec![
        draw.rate("Signals", M::WorkflowSignal, &by(Label::SignalName))
            .bad(
                "a flood to one type, which makes its histories grow.",
                "batch signals, or continue as new more often.",
            ),
        draw.rate("Queries", M::WorkflowQuery, &by(Label::QueryName))
            .bad(
                "many to runs that are not cached: each one replays a run.",
                "cache the answer on the caller's side.",
            ),
        draw.rate("Updates", M::WorkflowUpdate, &by(Label::UpdateName))
            .bad(
                "`rejected` or `failed` rises.",
                "look at what callers send, and at the validator.",
            ),
    ]
}

fn size(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Events of a history", M::WorkflowHistoryLength, WORKFLOW)
            .bad(
                "more than 10,240: the server warns, and terminates the run at 51,200.",
                "continue as new earlier.",
            )
            .alert("HistoryNearLimit"),
        draw.quantiles("Bytes of a history", M::WorkflowHistorySize, WORKFLOW)
            .bad(
                "more than 10 MiB: the server warns, and terminates the run at 50 MiB.",
                "pass references instead of contents.",
            )
            .alert("HistorySizeNearLimit"),
        draw.quantiles(
            "Payloads of a command",
            M::WorkflowCommandPayloadSize,
            &[Label::WorkflowType, Label::CommandType],
        )
        .bad(
            "near 2 MiB, which the server rejects.",
            "store the payload elsewhere and pass its key.",
        )
        .alert("GrpcMessageTooLarge"),
        draw.quantiles(
            "Payloads as encoded",
            M::PayloadSize,
            &[Label::Context, Label::Direction],
        )
        .bad(
            "growth that no release explains.",
            "compress in the codec, or store payloads elsewhere.",
        )
        .alert("GrpcMessageTooLarge"),
    ]
}
