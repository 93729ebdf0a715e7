//! The metrics of all processes of a queue, for one minute.

use chronoscope::schema::Metric as M;

use super::{
    activities::activities,
    calls::{calls, clients_calls},
    fleet::{Queue, Served},
    gauges::gauges,
    process::Process,
    random::Random,
    tasks::workflow_tasks,
    trouble::Trouble,
};

pub const TYPE: (&str, &str) = ("workflow_type", "Order");
pub const ACTIVITY: (&str, &str) = ("activity_type", "charge");

/// The work of one minute.
#[derive(Clone, Copy)]
pub struct Work {
    /// Workflow runs that clients start, and the ones whose tasks reach workers.
    pub starts: f64,
    pub runs: f64,
    /// Counts the activities that start and end.
    pub begun: f64,
    pub ending: f64,
    pub minute: usize,
}

impl Work {
    fn of(served: &mut Served, random: &mut Random, minute: usize) -> Self {
        let starts = random.about(served.queue.runs * served.load);
        let runs = if served.trouble.is_cut_off() {
            0.0
        } else {
            starts
        };
        let begun = (runs * served.queue.activities).round();
        served.begun.resize(minute, 0.0);
        served.begun.push(begun);
        let then = minute.checked_sub(served.queue.takes);
        Self {
            starts,
            runs,
            begun,
            ending: then.map_or(0.0, |then| served.begun[then]),
            minute,
        }
    }

    /// The part of one of several processes.
    fn part(self, at: usize, count: usize) -> Self {
        let part = |all: f64| {
            let share = (all / count as f64).floor();
            let rest = (all - share * count as f64) as usize;
            // Processes take turns with the remainder.
            share + f64::from((at + self.minute) % count < rest)
        };
        Self {
            starts: part(self.starts),
            runs: part(self.runs),
            begun: part(self.begun),
            ending: part(self.ending),
            minute: self.minute,
        }
    }
}

/// The reasons of failed tasks whose counters start at zero.
const FAILURE_REASONS: &[&str] = &[
    "NonDeterminismError",
    "WorkflowError",
    "GrpcMessageTooLarge",
    "PayloadsTooLarge",
    "RequestTooLarge",
];

/// Registers the metrics that a process has from its start.
pub fn begin(process: &mut Process, queue: &Queue) {
    process.add(M::Request, &[("operation", "GetSystemInfo")], 1.0);
    process.add(M::WorkerStart, &[], 1.0);
    if queue.zeros && !queue.slim {
        for reason in FAILURE_REASONS {
            process.add(
                M::WorkflowTaskExecutionFailed,
                &[TYPE, ("failure_reason", reason)],
                0.0,
            );
        }
    }
}

/// Counts what happened before the day: some of everything.
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

/// Runs one minute of a queue, divided among its processes.
pub fn minute(served: &mut Served, random: &mut Random, minute: usize) {
    let all = Work::of(served, random, minute);
    let Served {
        queue,
        processes,
        trouble,
        load,
        ..
    } = served;
    let alive = processes.iter_mut().filter(|process| !process.ended);
    let alive: Vec<_> = alive.collect();
    let count = alive.len();
    for (at, process) in alive.into_iter().enumerate() {
        let none = Trouble::default();
        let trouble = if trouble.one && at > 0 {
            &none
        } else {
            &*trouble
        };
        let work = all.part(at, count);
        gauges(process, queue, trouble, *load);
        activities(process, queue, trouble, work, random);
        if !queue.slim {
            workflow_tasks(process, queue, trouble, work, random);
            calls(process, trouble);
            if at < queue.clients {
                clients_calls(process, queue, trouble, all.starts, random);
            }
        }
        if let Some((metric, labels)) = trouble.lost {
            process.add(metric, labels, 12.0);
        }
    }
}
