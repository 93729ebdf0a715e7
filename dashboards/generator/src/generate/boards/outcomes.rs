//! Rows on how work ends: what fails, and how long it takes.

use chronoscope::schema::{Label, Metric as M};

use super::super::{board::Panel, draw::Draw};
use super::{ACTIVITY, WORKFLOW};

pub fn failures(draw: &Draw) -> Vec<Panel> {
    let reason = &[Label::FailureReason];
    vec![
        draw.rate(
            "Failed workflow tasks by reason",
            M::WorkflowTaskExecutionFailed,
            reason,
        )
        .bad(
            "NonDeterminismError, or something too large: the run cannot continue.",
            "roll back, or store large payloads elsewhere.",
        )
        .alert("NonDeterminism"),
        draw.rate(
            "Failed activity attempts by reason",
            M::ActivityExecutionFailed,
            reason,
        )
        .bad(
            "a jump after a deployment, or when a dependency is down.",
            "open the activities board for the error types.",
        )
        .alert("ActivityFailuresElevated"),
        draw.rate("Failed workflows by type", M::WorkflowFailed, WORKFLOW)
            .bad(
                "a type that never failed before.",
                "follow the series' link to its traces.",
            ),
    ]
}

pub fn latencies(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles(
            "Workflow task execution",
            M::WorkflowTaskExecutionLatency,
            &[],
        )
        .bad(
            "near ten seconds: tasks time out and are repeated.",
            "find workflow code that blocks or computes for long, and move it to activities.",
        )
        .alert("WorkflowTaskExecutionLatencyHigh"),
        draw.quantiles("Activity attempts", M::ActivityExecutionLatency, &[])
            .bad(
                "longer than their dependencies usually take.",
                "compare types on the activities board.",
            ),
        draw.quantiles("Workflows, start to end", M::WorkflowEndToEndLatency, &[])
            .bad(
                "longer than what users were promised.",
                "check which grew: waits, attempts or timers.",
            ),
        draw.mean(
            "Activity attempts, mean by type",
            M::ActivityExecutionLatency,
            ACTIVITY,
        )
        .bad(
            "one type is slower than it used to be.",
            "follow the series' link to its traces.",
        ),
    ]
}
