//! The board of calls to the server.

use chronoscope::schema::{Label, Metric as M};

use super::super::{
    board::{Board, Panel, Row},
    draw::Draw,
};

const CALL: &[Label] = &[Label::Operation];

pub fn board(draw: &Draw) -> Board {
    Board {
        title: "gRPC",
        about: "The calls between clients, workers and the Temporal server",
        anchor: M::Request,
        naming: draw.promql().naming(),
        rows: vec![
            Row {
                title: "Calls",
                panels: calls(draw),
            },
            Row {
                title: "Long polls",
                panels: long_polls(draw),
            },
            Row {
                title: "Each attempt, through the bridge",
                panels: attempts(draw),
            },
        ],
    }
}

fn failures(draw: &Draw, title: &'static str, failed: M, all: M) -> Panel {
    let rate = |metric| draw.promql().rate(metric, &[], CALL);
    let share = format!("{} / {}", rate(failed), rate(all));
    draw.share(title, &[failed, all], CALL, share)
}

fn calls(draw: &Draw) -> Vec<Panel> {
    let status = &[Label::Operation, Label::StatusCode];
    vec![
        draw.rate("Begun", M::Request, CALL)
            .bad(
                "the calls that respond to tasks are missing while tasks come.",
                "see failures beside this.",
            )
            .alert("CompletionsZeroOfWorkflowTasks"),
        draw.rate("Failed", M::RequestFailure, status)
            .bad(
                "RESOURCE_EXHAUSTED on calls that users wait for.",
                "slow down, or ask for a higher limit.",
            )
            .alert("ResourceExhaustedForUsers"),
        failures(draw, "Share that failed", M::RequestFailure, M::Request)
            .bad(
                "more than a few percent of any call.",
                "see the status codes beside this.",
            )
            .alert("NotFoundOnResponses"),
        draw.quantiles("Time", M::RequestLatency, CALL)
            .bad(
                "more than two seconds for calls that users wait for.",
                "compare with the server's own latencies and the network.",
            )
            .alert("RequestLatencyHigh"),
    ]
}

fn long_polls(draw: &Draw) -> Vec<Panel> {
    let status = &[Label::Operation, Label::StatusCode];
    vec![
        draw.rate("Polls begun", M::LongRequest, CALL)
            .bad(
                "none: nothing is polled for.",
                "see pollers on the worker overview.",
            )
            .alert("PollersZero"),
        draw.rate("Polls failed", M::LongRequestFailure, status)
            .bad(
                "RESOURCE_EXHAUSTED: the namespace is polled too often.",
                "fewer pollers, or a higher limit.",
            )
            .alert("ResourceExhaustedOnPolls"),
        failures(
            draw,
            "Share of polls that failed",
            M::LongRequestFailure,
            M::LongRequest,
        )
        .bad(
            "more than a few percent.",
            "see the status codes beside this.",
        )
        .alert("ResourceExhaustedOnPolls"),
        draw.quantiles("Time of polls", M::LongRequestLatency, CALL)
            .bad(
                "always about a minute: nothing comes in. Always near zero: the server refuses.",
                "compare with polls that brought a task.",
            ),
    ]
}

/// What a connection without the bridge has none of.
fn attempts(draw: &Draw) -> Vec<Panel> {
    let call = &[Label::RpcMethod];
    vec![
        draw.quantiles("Time of attempts", M::RpcClientCallDuration, call)
            .bad(
                "much less than the time of calls above: most of that is waiting to try again.",
                "see the status codes above; a retry budget keeps retries few.",
            ),
        draw.quantiles(
            "Time of attempts at polls",
            M::RpcClientLongPollDuration,
            call,
        )
        .bad(
            "always near zero: the server refuses, or something between cuts connections.",
            "compare with the status codes of polls above.",
        ),
    ]
}
