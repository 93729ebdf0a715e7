//! The counters of workflow tasks, local activities and Nexus tasks, for one minute.

use chronoscope::schema::Metric as M;

use super::{
    calls::call,
    fleet::Queue,
    process::Process,
    random::Random,
    trouble::Trouble,
    work::{ACTIVITY, LOCAL, TASK, TYPE, Work},
};

/// Workflow tasks per run.
pub const TASKS: f64 = 3.0;

/// The seconds that tasks have waited, at this many minutes.
pub fn waited(minutes: usize) -> f64 {
    match minutes {
        0 => 0.01,
        minutes => 60.0 * minutes as f64,
    }
}

/// Counts the workflow tasks that arrive and end.
pub fn workflow_tasks(
    process: &mut Process,
    queue: &Queue,
    trouble: &Trouble,
    work: &Work,
    random: &mut Random,
) {
    let (tasks, ending) = (work.tasks.count(), work.tasks.ended);
    // A short run has left the cache by the time of the scrape.
    let runs = tasks / TASKS;
    let cached = if trouble.no_cache || runs < 5.0 {
        0.0
    } else {
        (runs * 2.0).round()
    };
    process.set(M::StickyCacheSize, &[], cached);
    // A worker has the gauge from its first run that is stuck.
    let is_gauge = |name: &String| name.contains("workflow_stuck");
    if trouble.run_stuck || process.values.keys().any(is_gauge) {
        let stuck = f64::from(u8::from(trouble.run_stuck));
        process.set(M::WorkflowStuck, &[TYPE], stuck);
    }
    if trouble.near {
        let limit = [TYPE, ("limit", "signals")];
        process.add(M::WorkflowNearLimit, &limit, 1.0);
    }
    if trouble.blocks {
        process.add(M::WorkflowBlocked, &[TYPE], 1.0);
        // It loops for long, so that it should continue as new: no limit is near yet.
        let suggested = [TYPE, ("limit", "continue_as_new_suggested")];
        process.add(M::WorkflowNearLimit, &suggested, 1.0);
    }
    for (minutes, count) in &work.tasks.begun {
        let wait = trouble.wait.unwrap_or(waited(*minutes));
        process.record(M::WorkflowTaskScheduleToStartLatency, &[], wait, *count);
    }
    if tasks > 0.0 {
        taken(process, trouble, tasks, random);
    }
    process.failed = 0.0;
    if ending == 0.0 {
        return;
    }
    let done = ended(process, trouble, ending, random);
    call(
        process,
        trouble,
        "RespondWorkflowTaskCompleted",
        false,
        done,
    );
    let is_large = trouble.events.is_some() || trouble.bytes.is_some();
    if queue.runs > 5.0 || is_large {
        sizes(process, trouble, done);
    }
    let one = |minutes: Option<(usize, f64)>| {
        minutes.filter(|(each, _)| work.minute.is_multiple_of(*each))
    };
    if let Some((_, events)) = one(trouble.long_run) {
        process.record(M::WorkflowHistoryLength, &[TYPE], events, 1.0);
    }
    if let Some((_, bytes)) = one(trouble.large_run) {
        process.record(M::WorkflowHistorySize, &[TYPE], bytes, 1.0);
    }
}

/// Counts the tasks that arrive, and cache hits and misses.
fn taken(process: &mut Process, trouble: &Trouble, tasks: f64, random: &mut Random) {
    process.add(M::WorkflowTaskQueuePollSucceed, &[], tasks);
    let misses = random.about(tasks * trouble.misses);
    process.add(M::StickyCacheHit, &[TYPE], (tasks - tasks / TASKS).floor());
    process.add(M::StickyCacheMiss, &[], misses);
    // A task that failed is retried with its whole history.
    let again = process.failed.min(tasks);
    let replays = misses + again + random.about(tasks * trouble.replays);
    process.record(M::WorkflowReplayLatency, &[TYPE], 0.01, replays);
}

/// Counts the tasks that end, and returns how many succeed.
fn ended(process: &mut Process, trouble: &Trouble, tasks: f64, random: &mut Random) -> f64 {
    let takes = trouble.task.unwrap_or(TASK);
    process.record(M::WorkflowTaskExecutionLatency, &[TYPE], takes, tasks);
    let Some((reason, share)) = trouble.tasks_fail else {
        return tasks;
    };
    let failed = if share >= 1.0 {
        tasks
    } else {
        random.about(tasks * share).min(tasks)
    };
    let why = [TYPE, ("failure_reason", reason)];
    process.add(M::WorkflowTaskExecutionFailed, &why, failed);
    process.failed = failed;
    tasks - failed
}

/// Counts the tries of a task that always fails.
pub fn stuck(process: &mut Process, trouble: &Trouble, tries: f64) {
    let Some(stuck) = trouble.stuck.as_ref().filter(|_| tries > 0.0) else {
        return;
    };
    process.add(M::WorkflowTaskQueuePollSucceed, &[], tries);
    process.record(M::WorkflowTaskExecutionLatency, &[stuck.of], TASK, tries);
    process.record(M::WorkflowReplayLatency, &[stuck.of], TASK, tries);
    let why = [stuck.of, ("failure_reason", stuck.why)];
    process.add(M::WorkflowTaskExecutionFailed, &why, tries);
}

/// Records the size of histories.
fn sizes(process: &mut Process, trouble: &Trouble, done: f64) {
    let events = trouble.events.unwrap_or(30.0);
    process.record(M::WorkflowHistoryLength, &[TYPE], events, done);
    let bytes = trouble.bytes.unwrap_or(5000.0);
    process.record(M::WorkflowHistorySize, &[TYPE], bytes, done);
}

/// Counts the local activities and the Nexus tasks that end.
pub fn other_tasks(process: &mut Process, queue: &Queue, trouble: &Trouble, work: &Work) {
    if work.local.ended > 0.0 && queue.runs > 5.0 {
        let takes = trouble.local.unwrap_or(LOCAL);
        let of = [ACTIVITY, TYPE];
        process.record(
            M::LocalActivityExecutionLatency,
            &of,
            takes,
            work.local.ended,
        );
    }
    if queue.nexus > 0.0 {
        process.record(M::NexusTaskExecutionLatency, &[], TASK, work.nexus.ended);
    }
}
