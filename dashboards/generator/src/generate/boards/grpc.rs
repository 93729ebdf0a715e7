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
                title: "Long calls",
                panels: long_polls(draw),
            },
            Row {
                title: "Attempts through the gRPC bridge",
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
        draw.rate("Requests", M::Request, CALL)
            .bad(
                "no responses to tasks while tasks arrive.",
                "look at the failures on this row.",
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
                "look at the status codes on this row.",
            )
            .alert("NotFoundOnResponses"),
        draw.quantiles("Latency", M::RequestLatency, CALL)
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
        draw.rate("Long calls begun", M::LongRequest, CALL)
            .bad(
                "no polls: workers ask for no work.",
                "look at the pollers on the worker overview.",
            )
            .alert("PollersZero"),
        draw.rate("Long calls failed", M::LongRequestFailure, status)
            .bad(
                "RESOURCE_EXHAUSTED on polls: the namespace is polled too often. On updates: callers wait.",
                "use fewer pollers, or ask for a higher limit.",
            )
            .alert("ResourceExhaustedOnPolls"),
        failures(
            draw,
            "Share of long calls that failed",
            M::LongRequestFailure,
            M::LongRequest,
        )
        .bad(
            "more than a few percent.",
            "look at the status codes on this row.",
        )
        .alert("ResourceExhaustedOnPolls"),
        draw.quantiles("Time of long calls", M::LongRequestLatency, CALL)
            .bad(
                "polls that always take about a minute: no work arrives. Always near zero: the server rejects them.",
                "compare with the polls that got a task.",
            ),
    ]
}

/// Panels that have data only with the gRPC bridge.
fn attempts(draw: &Draw) -> Vec<Panel> {
    let call = &[Label::RpcMethod];
    vec![
        draw.quantiles("Time of attempts", M::RpcClientCallDuration, call)
            .bad(
                "much less than the latency of calls above: most of that is backoff between retries.",
                "look at the status codes above; a retry budget limits retries.",
            ),
        draw.quantiles(
            "Time of attempts at long calls",
            M::RpcClientLongPollDuration,
            call,
        )
        .bad(
            "always near zero: the server rejects them, or something in between cuts connections.",
            "compare with the status codes of long calls above.",
        ),
    ]
}
