//! Faults on top of a usual day, each with the alert that must say so.

mod caches;
mod calls;
mod tasks;
mod waits;
mod workers;

use chronoscope::schema::Naming;

use super::{
    fleet::{Fleet, Queue},
    healthy::Day,
    process::Via,
    random::Random,
    trouble::Trouble,
};

/// A fault, the alert that must fire within so many minutes, and labels that it must have.
pub struct Fault {
    pub name: &'static str,
    pub alert: &'static str,
    pub within: usize,
    pub labels: &'static [(&'static str, &'static str)],
    /// How long it lasts.
    pub lasts: usize,
    pub trouble: Trouble,
    /// Changes the queue that it is of.
    pub of: fn(&mut Queue),
    /// Whether new processes bring it.
    pub deployed: bool,
}

/// When a fault begins.
pub const BEGINS: usize = 70;
/// After how many minutes more nothing fires any longer.
pub const CLEARS: usize = 45;

impl Fault {
    const fn new(name: &'static str, alert: &'static str, trouble: Trouble) -> Self {
        Self {
            name,
            alert,
            within: 15,
            labels: &[("task_queue", "orders"), ("namespace", "shop")],
            lasts: 40,
            trouble,
            of: |_| {},
            deployed: false,
        }
    }

    fn within(mut self, within: usize) -> Self {
        self.within = within;
        self.lasts = within + 25;
        self
    }

    fn of(mut self, of: fn(&mut Queue)) -> Self {
        self.of = of;
        self
    }

    fn labels(mut self, labels: &'static [(&'static str, &'static str)]) -> Self {
        self.labels = labels;
        self
    }

    fn deployed(mut self) -> Self {
        self.deployed = true;
        self
    }

    /// The day of this fault: two queues of one name in two namespaces, and a third one.
    pub fn day(&self, seed: u64, naming: Naming) -> Day {
        let random = Random::new(seed);
        let turn = usize::try_from(seed).unwrap() % 3;
        let via = Via {
            naming,
            otlp: turn == 1 && !self.trouble.dead,
            kubernetes: turn == 2,
        };
        let mut fleet = Fleet::new(via, random);
        let mut queue = Queue::usual("shop", "orders");
        (self.of)(&mut queue);
        fleet.serve(queue);
        for (namespace, name) in [("billing", "orders"), ("shop", "parcels")] {
            fleet.serve(Queue {
                slim: true,
                ..Queue::usual(namespace, name)
            });
        }
        let end = BEGINS + self.lasts;
        for minute in 0..end + CLEARS {
            if minute == BEGINS && self.deployed {
                fleet.end_one(0);
                fleet.start(0);
            }
            let wrong = (BEGINS..end).contains(&minute);
            fleet.served[0].trouble = if wrong {
                self.trouble.clone()
            } else {
                Trouble::default()
            };
            fleet.minute(minute);
        }
        Day {
            name: format!("{seed}: {}", self.name),
            series: fleet.series,
            minutes: end + CLEARS,
        }
    }
}

/// Every fault.
pub fn all() -> Vec<Fault> {
    [
        workers::pollers(),
        workers::slots(),
        workers::replicas(),
        tasks::determinism(),
        tasks::tasks(),
        tasks::activities(),
        waits::waits(),
        waits::latencies(),
        calls::users_calls(),
        calls::workers_calls(),
        calls::late(),
        calls::broken(),
        caches::caches(),
        caches::histories(),
        caches::telemetry(),
        calls::more(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn none() -> Trouble {
    Trouble::default()
}
