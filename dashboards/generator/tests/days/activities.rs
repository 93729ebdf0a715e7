//! The counters of activities, for one minute.

use chronoscope::schema::Metric as M;

use super::{
    calls::call,
    fleet::Queue,
    process::Process,
    random::Random,
    tasks::waited,
    trouble::Trouble,
    work::{ACTIVITY, TYPE, Work},
};

/// Counts the activities that start and end.
pub fn activities(
    process: &mut Process,
    queue: &Queue,
    trouble: &Trouble,
    work: &Work,
    random: &mut Random,
) {
    let (begun, ending) = (work.activities.count(), work.activities.ended);
    if begun > 0.0 {
        process.add(M::ActivityTaskReceived, &[ACTIVITY, TYPE], begun);
    }
    for (minutes, count) in work.activities.begun.iter().filter(|_| !queue.slim) {
        let wait = trouble.activity_wait.unwrap_or(waited(*minutes));
        process.record(M::ActivityScheduleToStartLatency, &[], wait, *count);
    }
    if ending == 0.0 {
        return;
    }
    let takes = trouble.takes.unwrap_or(queue.takes) * 60.0;
    process.record(
        M::ActivityExecutionLatency,
        &[ACTIVITY, TYPE],
        takes,
        ending,
    );
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
