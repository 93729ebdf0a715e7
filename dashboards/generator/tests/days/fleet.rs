//! A fleet: queues with their processes and their load, minute by minute.

use super::{
    process::{Process, Via},
    random::Random,
    series::{Sample, Series},
    trouble::Trouble,
};

/// What a queue's workers are, and what is asked of them.
#[derive(Clone, Debug)]
pub struct Queue {
    pub namespace: &'static str,
    pub name: &'static str,
    pub replicas: usize,
    /// How many of them are clients, too, which start workflows and send updates.
    pub clients: usize,
    /// Workflow runs started each minute at full load.
    pub runs: f64,
    pub activities: f64,
    /// Zero where a supplier by resources has no fixed number.
    pub slots: f64,
    /// The share of activities that are completed elsewhere.
    pub elsewhere: f64,
    /// The share of attempts that fail on a usual day.
    pub failing: f64,
    /// Whether failures' counters are zero before the first.
    pub zeros: bool,
    /// Serves activities alone, with fewer series.
    pub slim: bool,
    /// Updates that clients send each minute.
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
    /// Activities begun in each minute so far.
    pub begun: Vec<f64>,
}

pub struct Fleet {
    pub via: Via,
    pub random: Random,
    pub served: Vec<Served>,
    pub series: Series,
    /// Nothing is scraped.
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

    /// Adds a queue with processes that have been there for a while.
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
        // What they counted before anybody looked, failures among it.
        let (served, random) = (&mut self.served[at], &mut self.random);
        for process in &mut served.processes {
            super::work::old(process, random);
        }
    }

    /// Starts the processes of a queue anew, as a deployment does.
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

    /// A minute passes, and is scraped at its end.
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
