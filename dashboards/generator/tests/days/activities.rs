//! The counters of activities, for one minute.

use chronoscope::schema::Metric as M;

use super::{
    calls::call,
    fleet::Queue,
    process::Process,
    random::Random,
    trouble::Trouble,
    work::{ACTIVITY, TYPE, Work},
};

/// Counts the activities that start and end.
pub fn activities(
    process: &mut Process,
    queue: &Queue,
    trouble: &Trouble,
    work: Work,
    random: &mut Random,
) {
    let Work { begun, ending, .. } = work;
    let full = trouble
        .full
        .is_some_and(|(kind, share)| kind == "ActivityWorker" && share >= 1.0);
    // With a wait set, some tasks still get through.
    let full = full && trouble.activity_wait.is_none();
    let unpolled = full || trouble.unpolled.contains(&"activity_task");
    if begun > 0.0 && !unpolled {
        process.add(M::ActivityTaskReceived, &[ACTIVITY, TYPE], begun);
        if !queue.slim {
            let wait = trouble.activity_wait.unwrap_or(0.02);
            process.record(M::ActivityScheduleToStartLatency, &[], wait, begun);
        }
    }
    if ending == 0.0 || trouble.hanging || unpolled {
        return;
    }
    process.record(M::ActivityExecutionLatency, &[ACTIVITY, TYPE], 0.1, ending);
    let failed = random
        .about(ending * queue.failing.max(trouble.failing))
        .min(ending);
    let failed = if trouble.failing >= 1.0 {
        ending
    } else {
        failed
    };
    let why = [ACTIVITY, TYPE, ("failure_reason", "ActivityError")];
    if failed > 0.0 || queue.zeros {
        process.add(M::ActivityExecutionFailed, &why, failed);
    }
    let done = ((ending - failed) * (1.0 - queue.elsewhere)).round();
    call(
        process,
        trouble,
        "RespondActivityTaskCompleted",
        false,
        done,
    );
    call(process, trouble, "RespondActivityTaskFailed", false, failed);
}
