//! What processes count in a minute of work.

use chronoscope::schema::Metric as M;

use super::{
    calls::{call, calls},
    fleet::{Queue, Served},
    process::Process,
    random::Random,
    trouble::Trouble,
};

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
const TYPE: (&str, &str) = ("workflow_type", "Order");
const ACTIVITY: (&str, &str) = ("activity_type", "charge");
/// The least that is wanted of a large fleet.
const SLIM: [&str; 1] = ["activity_task"];

/// Workflow tasks of one run.
const TASKS: f64 = 3.0;

/// What a process has from its start.
pub fn begin(process: &mut Process, queue: &Queue) {
    process.add(M::Request, &[("operation", "GetSystemInfo")], 1.0);
    process.add(M::WorkerStart, &[], 1.0);
    if queue.zeros && !queue.slim {
        for reason in M::WorkflowTaskExecutionFailed.failure_reasons() {
            process.add(
                M::WorkflowTaskExecutionFailed,
                &[TYPE, ("failure_reason", reason)],
                0.0,
            );
        }
    }
}

/// What a process counted before the day: some of everything.
pub fn old(process: &mut Process, random: &mut Random) {
    for value in process.values.values_mut() {
        *value += random.about(30.0);
    }
    for (operation, code) in [
        ("StartWorkflowExecution", "RESOURCE_EXHAUSTED"),
        ("PollWorkflowTaskQueue", "INTERNAL"),
    ] {
        if random.share() < 0.3 {
            let metric = match operation.starts_with("Poll") {
                true => M::LongRequestFailure,
                false => M::RequestFailure,
            };
            process.add(
                metric,
                &[("operation", operation), ("status_code", code)],
                7.0,
            );
        }
    }
}

/// One minute of a queue, shared among its processes.
pub fn minute(served: &mut Served, random: &mut Random, minute: usize) {
    let alive = served
        .processes
        .iter()
        .filter(|process| !process.ended)
        .count();
    let runs = random.about(served.queue.runs * served.load);
    let begun = (runs * served.queue.activities).round();
    served.begun.resize(minute, 0.0);
    served.begun.push(begun);
    let ending = minute
        .checked_sub(served.queue.takes)
        .map_or(0.0, |then| served.begun[then]);
    let Served {
        queue,
        processes,
        trouble,
        load,
        ..
    } = served;
    for (at, process) in processes
        .iter_mut()
        .filter(|process| !process.ended)
        .enumerate()
    {
        // What does not divide evenly goes to one after another.
        let part = |all: f64| {
            let share = (all / alive as f64).floor();
            share + f64::from((at + minute) % alive < (all - share * alive as f64) as usize)
        };
        let none = Trouble::default();
        let trouble = if trouble.one && at > 0 {
            &none
        } else {
            &*trouble
        };
        gauges(process, queue, trouble, *load);
        let failing = queue.failing;
        activities(
            process,
            queue,
            trouble,
            part(begun),
            part(ending),
            failing,
            random,
        );
        if !queue.slim {
            workflows(process, queue, trouble, part(runs), random, minute);
            calls(process, queue, trouble, part(runs), random);
        }
        if let Some((metric, labels)) = trouble.lost {
            process.add(metric, labels, 12.0);
        }
    }
}

fn gauges(process: &mut Process, queue: &Queue, trouble: &Trouble, load: f64) {
    for (kind, count) in POLLERS {
        if queue.slim && !SLIM.contains(&kind) {
            continue;
        }
        let kind_of = kind.trim_start_matches("sticky_").trim_end_matches("_task");
        // Full slots end polling.
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
        if queue.slim || queue.slots == 0.0 && kind != "WorkflowWorker" {
            continue;
        }
        let full = trouble.full.filter(|(full, _)| *full == kind);
        let share = full.map_or((load * 0.3).min(0.7), |(_, share)| share);
        let slots = if queue.slots == 0.0 {
            50.0
        } else {
            queue.slots
        };
        let used = (slots * share).floor();
        process.set(M::WorkerTaskSlotsUsed, &[("worker_type", kind)], used);
        process.set(
            M::WorkerTaskSlotsAvailable,
            &[("worker_type", kind)],
            slots - used,
        );
    }
}

fn activities(
    process: &mut Process,
    queue: &Queue,
    trouble: &Trouble,
    begun: f64,
    ending: f64,
    usual: f64,
    random: &mut Random,
) {
    let full = trouble
        .full
        .is_some_and(|(kind, share)| kind == "ActivityWorker" && share >= 1.0);
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
        .about(ending * usual.max(trouble.failing))
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

fn workflows(
    process: &mut Process,
    queue: &Queue,
    trouble: &Trouble,
    runs: f64,
    random: &mut Random,
    minute: usize,
) {
    // A run that is short is no longer cached when it is looked for.
    let cached = if trouble.no_cache || runs < 5.0 {
        0.0
    } else {
        (runs * 2.0).round()
    };
    process.set(M::StickyCacheSize, &[], cached);
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
    if runs == 0.0 || full || trouble.unpolled.contains(&"workflow_task") {
        return;
    }
    let tasks = runs * TASKS;
    process.add(M::WorkflowTaskQueuePollSucceed, &[], tasks);
    process.record(
        M::WorkflowTaskScheduleToStartLatency,
        &[],
        trouble.wait.unwrap_or(0.01),
        tasks,
    );
    let misses = random.about(tasks * trouble.misses);
    process.add(M::StickyCacheHit, &[TYPE], tasks - runs);
    process.add(M::StickyCacheMiss, &[], misses);
    let replays = misses + random.about(tasks * trouble.replays);
    process.record(M::WorkflowTaskReplayLatency, &[TYPE], 0.01, replays);
    if trouble.tasks_hang {
        return;
    }
    process.record(
        M::WorkflowTaskExecutionLatency,
        &[TYPE],
        trouble.task.unwrap_or(0.01),
        tasks,
    );
    let mut done = tasks;
    if let Some((reason, share)) = trouble.tasks_fail {
        let failed = if share >= 1.0 {
            tasks
        } else {
            random.about(tasks * share).min(tasks)
        };
        process.add(
            M::WorkflowTaskExecutionFailed,
            &[TYPE, ("failure_reason", reason)],
            failed,
        );
        done -= failed;
    }
    call(
        process,
        trouble,
        "RespondWorkflowTaskCompleted",
        false,
        done,
    );
    if queue.runs > 5.0 {
        process.record(
            M::WorkflowHistoryLength,
            &[TYPE],
            trouble.events.unwrap_or(30.0),
            done,
        );
        process.record(
            M::WorkflowHistorySize,
            &[TYPE],
            trouble.bytes.unwrap_or(5000.0),
            done,
        );
        let local = [ACTIVITY, TYPE];
        process.record(
            M::LocalActivityExecutionLatency,
            &local,
            trouble.local.unwrap_or(0.1),
            runs,
        );
    }
}
