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
        about: "How activity attempts of each type end, how often they are retried, and how long they take",
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
                "a type that no longer arrives.",
                "check that its workflows still run.",
            )
            .alert("CompletionsZeroOfActivities"),
        draw.rate(
            "Ends by class",
            M::ActivityOutcome,
            &[Label::ActivityType, Label::Outcome],
        )
        .bad(
            "`failed`, `timed_out` or `panicked` rises.",
            "look at the error types on this row.",
        ),
        draw.rate(
            "Errors by type",
            M::ActivityError,
            &[Label::ActivityType, Label::ErrorType],
        )
        .bad(
            "a new error type.",
            "search the log for it, or follow the link to traces.",
        )
        .alert("ActivityFailuresElevated"),
        draw.rate(
            "Failed attempts by reason",
            M::ActivityExecutionFailed,
            &[Label::ActivityType, Label::FailureReason],
        )
        .bad(
            "a jump: retries will follow.",
            "check whether a dependency of the activity is down.",
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
            "stop the load or fix the dependency; retries continue by themselves.",
        )
        .alert("CompletionsZeroOfActivities"),
        draw.rate("Cancelled", M::ActivityExecutionCancelled, ACTIVITY)
            .bad(
                "a wave that nobody expected.",
                "find out which workflows cancel.",
            ),
        draw.quantiles("Attempts until the end", M::ActivityAttempts, ACTIVITY)
            .bad(
                "more than a few: retries are hiding a failure.",
                "look at the error types; limit the number of attempts.",
            ),
        draw.share("Started eagerly", &[M::ActivityTaskReceived], &[], eager)
            .bad(
                "zero where the server supports it: each activity costs a poll.",
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
            "far above one attempt: activities wait or are retried.",
            "compare with the waits on the worker overview.",
        ),
        draw.quantiles(
            "First schedule to an attempt's end",
            M::ActivityFirstScheduleToEndLatency,
            &[Label::ActivityType, Label::Outcome],
        )
        .bad(
            "`failed` that persists: callers are waiting through retries.",
            "look at the error types.",
        ),
        draw.quantiles("Time between heartbeats", M::ActivityHeartbeatGap, ACTIVITY)
            .bad(
                "near the heartbeat timeout: the server will consider attempts dead.",
                "heartbeat more often, or raise the timeout.",
            ),
    ]
}

fn local(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.rate("Started", M::LocalActivityTotal, ACTIVITY).bad(
            "a type that no longer arrives.",
            "check that its workflows still run.",
        ),
        draw.rate(
            "Failed",
            M::LocalActivityExecutionFailed,
            &[Label::ActivityType, Label::FailureReason],
        )
        .bad(
            "it rises: local retries keep the workflow task open.",
            "make it a regular activity if it needs retries.",
        ),
        draw.rate(
            "Cancelled locally",
            M::LocalActivityExecutionCancelled,
            ACTIVITY,
        )
        .bad(
            "a wave that nobody expected.",
            "find out which workflows cancel.",
        ),
        draw.quantiles("Execution", M::LocalActivityExecutionLatency, ACTIVITY)
            .bad(
                "many seconds: it keeps the workflow task open.",
                "make it a regular activity.",
            )
            .alert("LocalActivityLong"),
        draw.quantiles(
            "Schedule to success, local",
            M::LocalActivitySucceedEndToEndLatency,
            ACTIVITY,
        )
        .bad(
            "many seconds: it keeps the workflow task open.",
            "make it a regular activity.",
        )
        .alert("LocalActivityLong"),
    ]
}
