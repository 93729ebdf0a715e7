//! The board of activities, by type.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};
use super::ACTIVITY;

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "Activities by type",
        about: "How attempts of activities of each type end, how often they are retried, how long they take",
        anchor: M::NumPollers,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "Attempts",
                panels: [attempts(draw), shares(draw)].concat(),
            },
            Row {
                title: "Time",
                panels: time(draw),
            },
            Row {
                title: "Local activities",
                panels: local(draw),
            },
        ],
    }
}

fn attempts(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate("Received", M::ActivityTaskReceived, ACTIVITY)
            .bad(
                "a type that stopped coming.",
                "see whether its workflows still run.",
            )
            .alert("CompletionsZeroOfActivities"),
        draw.rate(
            "Ends by class",
            M::ActivityOutcome,
            &[Label::ActivityType, Label::Outcome],
        )
        .bad(
            "`failed`, `timed_out` or `panicked` rises.",
            "see the error types beside this.",
        ),
        draw.rate(
            "Errors by type",
            M::ActivityError,
            &[Label::ActivityType, Label::ErrorType],
        )
        .bad(
            "an error type that is new.",
            "search the log for it, or follow the link to traces.",
        )
        .alert("ActivityFailuresElevated"),
        draw.rate(
            "Failed attempts by reason",
            M::ActivityExecutionFailed,
            &[Label::ActivityType, Label::FailureReason],
        )
        .bad(
            "a step up: retries will follow.",
            "see whether what the activity calls is down.",
        )
        .alert("ActivityFailuresElevated"),
    ]
}

/// What of the attempts is retried, cancelled, or handed out without a poll.
fn shares(draw: &Draw) -> Vec<Panel> {
    let promql = draw.promql();
    let failed = promql.rate(M::ActivityExecutionFailed, &[], ACTIVITY);
    let all = promql.rate(M::ActivityTaskReceived, &[], ACTIVITY);
    let eager = promql.rate(M::ActivityTaskReceived, &[(Label::Eager, "true")], &[]);
    let received = promql.rate(M::ActivityTaskReceived, &[], &[]);
    // Without an eager one the share is zero, not unknown.
    let eager = format!("({eager} or {received} * 0) / {received}");
    vec![
        draw.share(
            "Share of attempts that failed",
            &[M::ActivityExecutionFailed, M::ActivityTaskReceived],
            ACTIVITY,
            format!("{failed} / {all}"),
        )
        .bad(
            "near 100 %: nothing gets through.",
            "stop the load or mend what is called; retries go on by themselves.",
        )
        .alert("CompletionsZeroOfActivities"),
        draw.rate("Cancelled", M::ActivityExecutionCancelled, ACTIVITY)
            .bad(
                "a wave that nobody asked for.",
                "see whose workflows cancel.",
            ),
        draw.quantiles("Attempts until the end", M::ActivityAttempts, ACTIVITY)
            .bad(
                "more than a few: retries hide a fault.",
                "see the error types; set a limit on attempts.",
            ),
        draw.share("Handed out eagerly", &[M::ActivityTaskReceived], &[], eager)
            .bad(
                "zero where the server supports it: each activity pays a poll.",
                "run activities on the workflow's queue.",
            ),
    ]
}

fn time(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("One attempt", M::ActivityExecutionLatency, ACTIVITY)
            .bad(
                "near the start-to-close timeout.",
                "follow the series' link to its traces.",
            ),
        draw.quantiles(
            "Schedule to success",
            M::ActivitySucceedEndToEndLatency,
            ACTIVITY,
        )
        .bad(
            "far above one attempt: waits or retries.",
            "compare with the waits on the worker overview.",
        ),
        draw.quantiles(
            "First schedule to an attempt's end",
            M::ActivityFirstScheduleToEndLatency,
            &[Label::ActivityType, Label::Outcome],
        )
        .bad(
            "`failed` that lasts: somebody has been waiting through retries.",
            "see the error types.",
        ),
        draw.quantiles("Time between heartbeats", M::ActivityHeartbeatGap, ACTIVITY)
            .bad(
                "near the heartbeat timeout: attempts will be taken for dead.",
                "beat more often, or raise the timeout.",
            ),
    ]
}

fn local(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate("Started", M::LocalActivityTotal, ACTIVITY).bad(
            "a type that stopped coming.",
            "see whether its workflows still run.",
        ),
        draw.rate(
            "Failed",
            M::LocalActivityExecutionFailed,
            &[Label::ActivityType, Label::FailureReason],
        )
        .bad(
            "it rises: retries happen inside the workflow task.",
            "make it a normal activity if it needs retries.",
        ),
        draw.rate(
            "Cancelled locally",
            M::LocalActivityExecutionCancelled,
            ACTIVITY,
        )
        .bad(
            "a wave that nobody asked for.",
            "see whose workflows cancel.",
        ),
        draw.quantiles("Execution", M::LocalActivityExecutionLatency, ACTIVITY)
            .bad(
                "many seconds: the workflow task is held open by it.",
                "make it a normal activity.",
            )
            .alert("LocalActivityLong"),
        draw.quantiles(
            "Schedule to success, local",
            M::LocalActivitySucceedEndToEndLatency,
            ACTIVITY,
        )
        .bad(
            "many seconds: the workflow task is held open by it.",
            "make it a normal activity.",
        )
        .alert("LocalActivityLong"),
    ]
}
