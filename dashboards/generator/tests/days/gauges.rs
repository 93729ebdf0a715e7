//! The gauges of pollers and slots.

use chronoscope::schema::Metric as M;

use super::{fleet::Queue, process::Process, trouble::Trouble, work::Work};

/// Pollers, each with the slots that it needs.
const POLLERS: [(&str, &str); 4] = [
    ("workflow_task", "WorkflowWorker"),
    ("sticky_workflow_task", "WorkflowWorker"),
    ("activity_task", "ActivityWorker"),
    ("nexus_task", "NexusWorker"),
];
/// The only kind of a slim queue.
const SLIM: &str = "ActivityWorker";

/// The slots of one kind.
struct Slots {
    kind: &'static str,
    used: f64,
    /// Free ones, which a resource-based supplier does not report.
    free: Option<f64>,
}

/// The slots of a process.
fn slots(queue: &Queue, trouble: &Trouble, work: &Work) -> Vec<Slots> {
    let of = |kind: &'static str, used: f64, slots: f64| {
        // If only this replica hangs, all its slots are in use.
        let used = match trouble.one && trouble.hangs == Some(kind) {
            true => slots,
            false if slots > 0.0 => used.min(slots),
            false => used,
        };
        let free = (slots > 0.0).then_some(slots - used);
        Slots { kind, used, free }
    };
    let fixed = if queue.slots > 0.0 { queue.slots } else { 50.0 };
    let mut all = vec![
        of("WorkflowWorker", work.tasks.used, fixed),
        of("ActivityWorker", work.activities.used, queue.slots),
        of("LocalActivityWorker", work.local.used, queue.slots),
        of("NexusWorker", work.nexus.used, queue.slots),
    ];
    all.retain(|slots| match slots.kind {
        "NexusWorker" => queue.nexus > 0.0,
        kind => !queue.slim || kind == SLIM,
    });
    all
}

/// The gauges of a process.
pub fn gauges(process: &mut Process, queue: &Queue, trouble: &Trouble, work: &Work) {
    for Slots { kind, used, free } in slots(queue, trouble, work) {
        process.set(M::WorkerTaskSlotsUsed, &[("worker_type", kind)], used);
        if let Some(free) = free {
            process.set(M::WorkerTaskSlotsAvailable, &[("worker_type", kind)], free);
        }
        for (poller, _) in POLLERS.iter().filter(|(_, slots)| *slots == kind) {
            // A worker without free slots does not poll.
            let gone = free == Some(0.0) || trouble.unpolled.contains(poller);
            let count = if gone { 0.0 } else { 5.0 };
            process.set(M::NumPollers, &[("poller_type", poller)], count);
        }
    }
}
