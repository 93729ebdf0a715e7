//! The counters of workflow tasks, for one minute.

use chronoscope::schema::Metric as M;

use super::{
    calls::call,
    fleet::Queue,
    process::Process,
    random::Random,
    trouble::Trouble,
    work::{ACTIVITY, TYPE, Work},
};

/// Workflow tasks per run.
const TASKS: f64 = 3.0;

/// Counts the workflow tasks of the runs that start.
pub fn workflow_tasks(
    process: &mut Process,
    queue: &Queue,
    trouble: &Trouble,
    work: Work,
    random: &mut Random,
) {
    let Work { runs, minute, .. } = work;
    // A short run has left the cache by the time of the scrape.
    let cached = if trouble.no_cache || runs < 5.0 {
        0.0
    } else {
        (runs * 2.0).round()
    };
    process.set(M::StickyCacheSize, &[], cached);
    let stuck = f64::from(u8::from(trouble.run_stuck));
    process.set(M::WorkflowStuck, &[TYPE], stuck);
    if trouble.near {
        let limit = [TYPE, ("limit", "signals")];
        process.add(M::WorkflowNearLimit, &limit, 1.0);
    }
    if trouble.blocks {
        process.add(M::WorkflowBlocked, &[TYPE], 1.0);
    }
    if trouble
        .stuck
        .is_some_and(|each| minute.is_multiple_of(each))
    {
        process.add(M::WorkflowTaskQueuePollSucceed, &[], 1.0);
        process.record(M::WorkflowTaskExecutionLatency, &[TYPE], 0.01, 1.0);
        let why = [TYPE, ("failure_reason", "WorkflowError")];
        process.add(M::WorkflowTaskExecutionFailed, &why, 1.0);
    }
    let full = trouble
        .full
        .is_some_and(|(kind, share)| kind == "WorkflowWorker" && share >= 1.0);
    // With a wait set, some tasks still get through.
    let full = full && trouble.wait.is_none();
    if runs == 0.0 || full || trouble.unpolled.contains(&"workflow_task") {
        return;
    }
    taken(process, trouble, runs, random);
    if trouble.tasks_hang {
        return;
    }
    let done = ended(process, trouble, runs * TASKS, random);
    call(
        process,
        trouble,
        "RespondWorkflowTaskCompleted",
        false,
        done,
    );
    if queue.runs > 5.0 {
        sizes(process, trouble, runs, done);
    }
}

/// Counts the tasks that arrive, and cache hits and misses.
fn taken(process: &mut Process, trouble: &Trouble, runs: f64, random: &mut Random) {
    let tasks = runs * TASKS;
    process.add(M::WorkflowTaskQueuePollSucceed, &[], tasks);
    let wait = trouble.wait.unwrap_or(0.01);
    process.record(M::WorkflowTaskScheduleToStartLatency, &[], wait, tasks);
    let misses = random.about(tasks * trouble.misses);
    process.add(M::StickyCacheHit, &[TYPE], tasks - runs);
    process.add(M::StickyCacheMiss, &[], misses);
    let replays = misses + random.about(tasks * trouble.replays);
    process.record(M::WorkflowReplayLatency, &[TYPE], 0.01, replays);
}

/// Counts the tasks that end, and returns how many succeed.
fn ended(process: &mut Process, trouble: &Trouble, tasks: f64, random: &mut Random) -> f64 {
    let takes = trouble.task.unwrap_or(0.01);
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
    tasks - failed
}

/// Records the size of histories and the time of local activities.
fn sizes(process: &mut Process, trouble: &Trouble, runs: f64, done: f64) {
    let events = trouble.events.unwrap_or(30.0);
    process.record(M::WorkflowHistoryLength, &[TYPE], events, done);
    let bytes = trouble.bytes.unwrap_or(5000.0);
    process.record(M::WorkflowHistorySize, &[TYPE], bytes, done);
    let (local, takes) = ([ACTIVITY, TYPE], trouble.local.unwrap_or(0.1));
    process.record(M::LocalActivityExecutionLatency, &local, takes, runs);
}
