//! A fleet: queues with their processes and their load, minute by minute.

use super::{
    process::{Process, Via},
    random::Random,
    series::{Sample, Series},
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
    pub takes: usize,
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
            elsewhere: 0.0,
            failing: 0.02,
            zeros: true,
            slim: false,
            updates: 10.0,
            takes: 0,
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
    /// Activities started in each minute so far.
    pub begun: Vec<f64>,
}

pub struct Fleet {
    pub via: Via,
    pub random: Random,
    pub served: Vec<Served>,
    pub series: Series,
    /// Whether scrapes are missing.
    pub gap: bool,
    started: usize,
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
        }
    }

    /// Adds a queue with processes that have been running for a while.
    pub fn serve(&mut self, queue: Queue) {
        self.served.push(Served {
            queue,
            processes: Vec::new(),
            load: 1.0,
            trouble: Trouble::default(),
            begun: Vec::new(),
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
            values: Default::default(),
        };
        super::work::begin(&mut process, queue);
        self.served[at].processes.push(process);
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
