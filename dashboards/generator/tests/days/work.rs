//! The metrics of all processes of a queue, for one minute.

use chronoscope::schema::Metric as M;

use super::{
    activities::activities,
    calls::{calls, clients_calls},
    fleet::{Queue, Served},
    gauges::gauges,
    process::Process,
    random::Random,
    slots::{Pace, Passed},
    tasks::{TASKS, other_tasks, workflow_tasks},
    trouble::Trouble,
};

pub const TYPE: (&str, &str) = ("workflow_type", "Order");
/// A type with few runs.
pub const RARE: (&str, &str) = ("workflow_type", "Refund");
pub const ACTIVITY: (&str, &str) = ("activity_type", "charge");

/// Seconds that tasks and local activities take on a normal day.
pub const TASK: f64 = 0.01;
pub const LOCAL: f64 = 0.1;

/// The work of one minute.
#[derive(Clone)]
pub struct Work {
    /// Workflow runs that clients start.
    pub starts: f64,
    pub tasks: Passed,
    pub activities: Passed,
    pub local: Passed,
    pub nexus: Passed,
    pub minute: usize,
}

impl Work {
    fn of(served: &mut Served, random: &mut Random, minute: usize) -> Self {
        let alive = served.processes.iter().filter(|process| !process.ended);
        let alive = alive.count() as f64;
        let Served {
            queue,
            trouble,
            flows,
            burst,
            ..
        } = served;
        let starts = random.about(queue.runs * served.load);
        let runs = if trouble.is_cut_off() { 0.0 } else { starts };
        let pace = |kind, takes, slots: f64| Pace {
            takes,
            slots: if slots > 0.0 {
                slots * alive
            } else {
                f64::INFINITY
            },
            polled: alive > 0.0 && trouble.is_polled(kind),
            hangs: trouble.hangs == Some(kind) && !trouble.one,
        };
        // Workflow tasks never have resource-based slots here.
        let fixed = if queue.slots > 0.0 { queue.slots } else { 50.0 };
        let task = trouble.task.unwrap_or(TASK) / 60.0;
        let more = if queue.slim { 0.0 } else { runs * TASKS };
        let pace_of_tasks = pace("WorkflowWorker", task, fixed);
        let tasks = flows.tasks.pass(minute, more, pace_of_tasks);
        // What workflow tasks that hang would start does not start.
        let runs = match queue.slim {
            true => runs,
            false if pace_of_tasks.hangs => 0.0,
            false => (tasks.count() / TASKS).floor(),
        };
        let begun = (runs * queue.activities).round() + std::mem::take(burst);
        let takes = trouble.takes.unwrap_or(queue.takes);
        let pace_of_activities = pace("ActivityWorker", takes, queue.slots);
        let activities = flows.activities.pass(minute, begun, pace_of_activities);
        let local = trouble.local.unwrap_or(LOCAL) / 60.0;
        let local = pace("LocalActivityWorker", local, queue.slots);
        let nexus = pace("NexusWorker", TASK / 60.0, queue.slots);
        Self {
            starts,
            tasks,
            activities,
            local: flows.local.pass(minute, runs, local),
            nexus: flows.nexus.pass(minute, queue.nexus, nexus),
            minute,
        }
    }

    /// The part of one of several processes.
    fn part(&self, at: usize, of: usize) -> Self {
        let minute = self.minute;
        Self {
            starts: self.starts,
            tasks: self.tasks.part(at, of, minute),
            activities: self.activities.part(at, of, minute),
            local: self.local.part(at, of, minute),
            nexus: self.nexus.part(at, of, minute),
            minute,
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
    if served.trouble.dead {
        let runs = random.about(served.queue.runs * served.load);
        return served.flows.wait(minute, runs, &served.queue);
    }
    let all = Work::of(served, random, minute);
    let again = served.tries_again(minute);
    let Served {
        queue,
        processes,
        trouble,
        ..
    } = served;
    let alive = processes.iter_mut().filter(|process| !process.ended);
    let alive: Vec<_> = alive.collect();
    let count = alive.len();
    // A replica that does not poll leaves its work to the others.
    let idle = usize::from(trouble.one && !trouble.is_all_polled());
    let is_all_idle = trouble.one && trouble.unpolled.contains(&"workflow_task");
    for (at, process) in alive.into_iter().enumerate() {
        let none = Trouble::default();
        let trouble = if trouble.one && at > 0 {
            &none
        } else {
            &*trouble
        };
        let mut work = all.part(at, count);
        let among_others = |passed: &Passed| match at.checked_sub(idle) {
            Some(at) => passed.part(at, count - idle, minute),
            None => Passed::default(),
        };
        work.activities = among_others(&all.activities);
        if is_all_idle {
            work.tasks = among_others(&all.tasks);
            work.local = among_others(&all.local);
            work.nexus = among_others(&all.nexus);
        }
        gauges(process, queue, trouble, &work);
        activities(process, queue, trouble, &work, random);
        if !queue.slim {
            workflow_tasks(process, queue, trouble, &work, random);
            other_tasks(process, queue, trouble, &work);
            if at == 0 {
                super::tasks::stuck(process, trouble, again);
            }
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
