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
            "it falls while as many are started as before.",
            "see waits on the worker overview.",
        ),
        draw.rate("Failed", M::WorkflowFailed, WORKFLOW).bad(
            "a step up after a deployment.",
            "see the error types beside this, then the traces.",
        ),
        draw.share(
            "Share that failed",
            &[M::WorkflowFailed, M::WorkflowCompleted],
            WORKFLOW,
            share,
        )
        .bad(
            "more than the business expects of the type.",
            "see the error types beside this.",
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
            "an error type that is new.",
            "search the log for it: each line has the ids.",
        ),
        draw.rate("Cancelled", M::WorkflowCanceled, WORKFLOW).bad(
            "a wave that nobody asked for.",
            "find out which client cancels.",
        ),
        draw.rate("Continued as new", M::WorkflowContinueAsNew, WORKFLOW)
            .bad(
                "a loop that goes faster than its work.",
                "look for a run that continues at once.",
            ),
        draw.rate(
            "Ends by class",
            M::WorkflowOutcome,
            &[Label::WorkflowType, Label::Outcome],
        )
        .bad(
            "`panicked`, or `timed_out` where there was none.",
            "follow the series' link to its traces.",
        ),
        draw.rate(
            "Failed tasks by reason",
            M::WorkflowTaskExecutionFailed,
            &[Label::WorkflowType, Label::FailureReason],
        )
        .bad(
            "anything: a run is stuck until its task succeeds.",
            "roll back or mend the code; runs then go on by themselves.",
        )
        .alert("WorkflowTaskFailuresElevated"),
    ]
}

fn time(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Start to end", M::WorkflowEndToEndLatency, WORKFLOW)
            .bad(
                "beyond what was promised for the type.",
                "see waits on the worker overview, then activities.",
            ),
        draw.quantiles("Task execution", M::WorkflowTaskExecutionLatency, WORKFLOW)
            .bad(
                "near ten seconds, when the server takes the task back.",
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
                "a flood to one type, whose histories then grow.",
                "batch signals, or continue as new more often.",
            ),
        draw.rate("Queries", M::WorkflowQuery, &by(Label::QueryName))
            .bad(
                "many to runs that are not cached: each replays one.",
                "cache the answer where it is asked for.",
            ),
        draw.rate("Updates", M::WorkflowUpdate, &by(Label::UpdateName))
            .bad(
                "`rejected` or `failed` rises.",
                "see what callers send, and the validator.",
            ),
    ]
}

fn size(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Events of a history", M::WorkflowHistoryLength, WORKFLOW)
            .bad(
                "more than 10,240: the server warns, and ends the run at 51,200.",
                "continue as new earlier.",
            )
            .alert("HistoryNearLimit"),
        draw.quantiles("Bytes of a history", M::WorkflowHistorySize, WORKFLOW)
            .bad(
                "more than 10 MiB: the server warns, and ends the run at 50 MiB.",
                "pass references instead of contents.",
            )
            .alert("HistorySizeNearLimit"),
        draw.quantiles(
            "Payloads of a command",
            M::WorkflowCommandPayloadSize,
            &[Label::WorkflowType, Label::CommandType],
        )
        .bad(
            "near 2 MiB, which the server refuses.",
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
