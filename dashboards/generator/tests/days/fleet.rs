//! A fleet: queues with their processes and their load, minute by minute.

use super::{
    process::{Process, Via},
    random::Random,
    series::{Sample, Series},
    slots::Flows,
    trouble::Trouble,
};

/// A task queue, its workers and its load.
#[derive(Clone, Debug)]
pub struct Queue {
    pub namespace: &'static str,
    pub name: &'static str,
    pub replicas: usize,
    /// How many of them also start workflows and send updates.
    pub clients: usize,
    /// Workflow runs started per minute at full load.
    pub runs: f64,
    pub activities: f64,
    /// Slots of each kind; zero for resource-based slots, which have no fixed number.
    pub slots: f64,
    /// Nexus tasks per minute.
    pub nexus: f64,
    /// The share of activities that complete asynchronously.
    pub elsewhere: f64,
    /// The share of attempts that fail on a normal day.
    pub failing: f64,
    /// Whether counters of failures start at zero.
    pub zeros: bool,
    /// Whether it serves only activities, with fewer series.
    pub slim: bool,
    /// Updates that clients send per minute.
    pub updates: f64,
    /// Minutes that an activity takes.
    pub takes: f64,
}

impl Queue {
    pub const fn usual(namespace: &'static str, name: &'static str) -> Self {
        Self {
            namespace,
            name,
            replicas: 1,
            clients: 1,
            runs: 60.0,
            activities: 2.0,
            slots: 50.0,
            nexus: 0.0,
            elsewhere: 0.0,
            failing: 0.02,
            zeros: true,
            slim: false,
            updates: 10.0,
            takes: 0.125,
        }
    }
}

/// A queue at work.
pub struct Served {
    pub queue: Queue,
    pub processes: Vec<Process>,
    /// The load as a share of the full one.
    pub load: f64,
    pub trouble: Trouble,
    pub flows: Flows,
    /// Activities that are scheduled at once in the next minute.
    pub burst: f64,
    /// Since which minute a run has been stuck.
    stuck: Option<usize>,
}

impl Served {
    /// How often the task of a run that is stuck is tried in a minute: often at first.
    pub fn tries_again(&mut self, minute: usize) -> f64 {
        let Some(stuck) = &self.trouble.stuck else {
            self.stuck = None;
            return 0.0;
        };
        let passed = minute - *self.stuck.get_or_insert(minute);
        match passed {
            0 => 6.0,
            1 | 3 => 1.0,
            _ => f64::from(passed % stuck.each == stuck.each - 1),
        }
    }
}

pub struct Fleet {
    pub via: Via,
    pub random: Random,
    pub served: Vec<Served>,
    pub series: Series,
    /// Whether scrapes are missing.
    pub gap: bool,
    started: usize,
    /// How many minutes have passed.
    minutes: usize,
}

impl Fleet {
    pub fn new(via: Via, random: Random) -> Self {
        Self {
            via,
            random,
            served: Vec::new(),
            series: Series::default(),
            gap: false,
            started: 0,
            minutes: 0,
        }
    }

    /// Adds a queue with processes that have been running for a while.
    pub fn serve(&mut self, queue: Queue) {
        self.served.push(Served {
            queue,
            processes: Vec::new(),
            load: 1.0,
            trouble: Trouble::default(),
            flows: Flows::default(),
            burst: 0.0,
            stuck: None,
        });
        let at = self.served.len() - 1;
        self.start(at);
        // What they counted before this Prometheus was started, including failures.
        let (served, random) = (&mut self.served[at], &mut self.random);
        for process in &mut served.processes {
            super::work::old(process, random);
        }
    }

    /// Starts new processes for a queue.
    pub fn start(&mut self, at: usize) {
        for _ in 0..self.served[at].queue.replicas {
            self.start_one(at);
        }
    }

    pub fn start_one(&mut self, at: usize) {
        self.started += 1;
        let queue = &self.served[at].queue;
        let mut process = Process {
            job: "worker",
            instance: format!("10.0.0.{}:9464", self.started),
            namespace: queue.namespace,
            queue: queue.name,
            via: self.via,
            ended: false,
            reachable: true,
            failed: 0.0,
            values: Default::default(),
        };
        super::work::begin(&mut process, queue);
        self.served[at].processes.push(process);
    }

    /// Replaces the processes of a queue by ones that count from zero, under the same names.
    pub fn restart(&mut self, at: usize) {
        let values = self.served[at].processes.iter_mut();
        for value in values.flat_map(|process| process.values.values_mut()) {
            *value = 0.0;
        }
    }

    /// Gives the living processes of a queue other instances.
    pub fn relabel(&mut self, at: usize) {
        for process in &mut self.served[at].processes {
            if !process.via.otlp {
                for name in process.values.keys().chain([&process.up()]) {
                    self.series.push(name, self.minutes, Sample::Stale);
                }
            }
            process.relabel();
        }
    }

    /// Ends the oldest process of a queue.
    pub fn end_one(&mut self, at: usize) {
        if let Some(process) = self.served[at]
            .processes
            .iter_mut()
            .find(|process| !process.ended)
        {
            process.ended = true;
        }
    }

    /// Runs one minute, with a scrape at its end.
    pub fn minute(&mut self, minute: usize) {
        self.minutes = minute + 1;
        for served in &mut self.served {
            super::work::minute(served, &mut self.random, minute);
        }
        if self.gap {
            return;
        }
        for served in &mut self.served {
            for process in &served.processes {
                scrape(process, served.trouble.dead, minute, &mut self.series);
            }
            served.processes.retain(|process| !process.ended);
        }
    }
}

fn scrape(process: &Process, dead: bool, minute: usize, series: &mut Series) {
    let answers = process.reachable && !process.ended && !dead;
    if answers {
        for (name, value) in &process.values {
            series.push(name, minute, Sample::Value(*value));
        }
    } else if !process.via.otlp {
        for name in process.values.keys() {
            series.push(name, minute, Sample::Stale);
        }
    }
    if !process.via.otlp {
        let up = match process.ended {
            true => Sample::Stale,
            false => Sample::Value(f64::from(answers)),
        };
        series.push(&process.up(), minute, up);
    }
}
