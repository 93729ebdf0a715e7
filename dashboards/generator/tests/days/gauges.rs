//! The gauges of pollers and slots.

use chronoscope::schema::Metric as M;

use super::{fleet::Queue, process::Process, trouble::Trouble};

const POLLERS: [(&str, f64); 3] = [
    ("workflow_task", 5.0),
    ("sticky_workflow_task", 5.0),
    ("activity_task", 5.0),
];
const KINDS: [&str; 4] = [
    "WorkflowWorker",
    "ActivityWorker",
    "LocalActivityWorker",
    "NexusWorker",
];
/// The pollers of a slim queue.
const SLIM: [&str; 1] = ["activity_task"];

/// The gauges of a process.
pub fn gauges(process: &mut Process, queue: &Queue, trouble: &Trouble, load: f64) {
    for (kind, count) in POLLERS {
        if queue.slim && !SLIM.contains(&kind) {
            continue;
        }
        let kind_of = kind.trim_start_matches("sticky_").trim_end_matches("_task");
        // A worker without free slots does not poll.
        let ends = trouble.full.is_some_and(|(full, share)| {
            share >= 1.0 && full.to_lowercase() == format!("{kind_of}worker")
        });
        let gone = ends || trouble.unpolled.contains(&kind);
        process.set(
            M::NumPollers,
            &[("poller_type", kind)],
            if gone { 0.0 } else { count },
        );
    }
    for kind in KINDS {
        if queue.slim {
            continue;
        }
        // A resource-based supplier reports slots in use, but no free ones.
        let is_bounded = queue.slots > 0.0 || kind == "WorkflowWorker";
        let full = trouble.full.filter(|(full, _)| *full == kind);
        let share = full.map_or((load * 0.3).min(0.7), |(_, share)| share);
        let slots = if queue.slots == 0.0 {
            50.0
        } else {
            queue.slots
        };
        let used = (slots * share).floor();
        process.set(M::WorkerTaskSlotsUsed, &[("worker_type", kind)], used);
        if is_bounded {
            let free = slots - used;
            process.set(M::WorkerTaskSlotsAvailable, &[("worker_type", kind)], free);
        }
    }
}
