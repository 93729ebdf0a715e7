//! Rows that only some workers have data for.

use chronoscope::schema::{Label, Metric as M};

use super::super::{board::Panel, draw::Draw};
use super::QUEUE;

pub fn resources(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.gauge("Memory", M::ResourceSlotsMemUsage, &[]).bad(
            "at its target for a while: the supplier grants no more slots. (It is measured only when a slot beyond the minimum is requested.)",
            "give the worker more memory, or add workers.",
        ),
        draw.gauge("CPU", M::ResourceSlotsCpuUsage, &[]).bad(
            "at its target for a while: the supplier grants no more slots. (It is measured only when a slot beyond the minimum is requested.)",
            "add workers.",
        ),
        draw.gauge(
            "Controller's output for memory",
            M::ResourceSlotsMemPidOutput,
            &[],
        )
        .signed()
        .bad(
            "at zero: memory limits the slots.",
            "give the worker more memory.",
        ),
        draw.gauge(
            "Controller's output for the CPU",
            M::ResourceSlotsCpuPidOutput,
            &[],
        )
        .signed()
        .bad("at zero: the CPU limits the slots.", "add workers."),
    ]
}

pub fn nexus(draw: &Draw) -> Vec<Panel> {
    vec![
        draw.quantiles("Nexus task wait", M::NexusTaskScheduleToStartLatency, QUEUE)
            .bad("near the caller's timeout.", "add workers or Nexus slots."),
        draw.quantiles("Nexus task execution", M::NexusTaskExecutionLatency, QUEUE)
            .bad(
                "near ten seconds: handlers must respond sooner than that.",
                "make the operation asynchronous.",
            ),
        draw.quantiles(
            "Nexus tasks, request to end",
            M::NexusTaskEndToEndLatency,
            QUEUE,
        )
        .bad(
            "near the caller's timeout.",
            "check which grew: the wait or the execution.",
        ),
        draw.rate(
            "Failed Nexus tasks by reason",
            M::NexusTaskExecutionFailed,
            &[Label::FailureReason],
        )
        .bad(
            "timeouts, or handler errors that callers retry.",
            "read the log lines of the handler.",
        ),
        draw.rate("Empty polls for Nexus tasks", M::NexusPollNoTask, QUEUE)
            .bad(
                "none: the worker does not poll for Nexus tasks.",
                "check that a Nexus service is registered.",
            ),
    ]
}
