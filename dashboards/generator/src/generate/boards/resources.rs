//! The row of workers whose slots follow what the machine has left.

use chronoscope::schema::Metric as M;

use super::super::{board::Panel, draw::Draw};

pub fn panels(draw: &Draw) -> Vec<Panel> {
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
