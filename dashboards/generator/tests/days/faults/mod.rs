//! Faults on top of a healthy day, each with the alert that must fire.

mod caches;
mod calls;
mod tasks;
mod waits;
mod workers;

use std::collections::BTreeSet;

use chronoscope::schema::Naming;

use super::{
    features::{Feature, picked},
    fleet::Queue,
    healthy::Day,
    process::Via,
    random::Random,
    setting::{Setting, Times},
    trouble::Trouble,
};

/// A fault, the alert that must fire, how many minutes it may take, and the labels it must have.
pub struct Fault {
    pub name: &'static str,
    pub alert: &'static str,
    pub within: usize,
    pub labels: &'static [(&'static str, &'static str)],
    /// How long it lasts.
    pub lasts: usize,
    pub trouble: Trouble,
    /// A change to the queue that it affects.
    pub of: fn(&mut Queue),
    /// What remains of it for two minutes after its end.
    pub leaves: Trouble,
    /// Whether it comes with new processes.
    pub deployed: bool,
    /// Its index among all faults, which selects its seed.
    pub turn: u64,
}

/// When a fault begins.
pub const BEGINS: usize = 60;
/// Minutes until the end of the day, by which nothing may fire any more.
pub const CLEARS: usize = 35;

impl Fault {
    fn new(name: &'static str, alert: &'static str, trouble: Trouble) -> Self {
        Self {
            name,
            alert,
            within: 15,
            labels: &[("task_queue", "orders"), ("namespace", "shop")],
            lasts: 30,
            trouble,
            leaves: none(),
            of: |_| {},
            deployed: false,
            turn: 0,
        }
    }

    fn within(mut self, within: usize) -> Self {
        self.within = within;
        self.lasts = within + 10;
        self
    }

    fn of(mut self, of: fn(&mut Queue)) -> Self {
        self.of = of;
        self
    }

    fn leaves(mut self, leaves: Trouble) -> Self {
        self.leaves = leaves;
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

    /// Whether it is possible and visible in a fleet with a feature.
    fn suits(&self, feature: Feature) -> bool {
        let trouble = &self.trouble;
        match feature {
            // The route of metrics is chosen for each fault anyway.
            Feature::Otlp | Feature::Kubernetes => false,
            Feature::SlotsByResources => trouble.full.is_none(),
            Feature::CompletedElsewhere => {
                let mut refused = trouble.refused.iter();
                !refused.any(|(operation, ..)| *operation == "RespondActivityTaskCompleted")
            }
            // Otherwise there would be too many series.
            Feature::SeveralReplicas if trouble.refused.len() + trouble.asked.len() > 0 => {
                trouble.refused.len() == 1 && trouble.refused[0].0.starts_with("Respond")
            }
            feature if feature.adds_processes() => !self.deployed && !trouble.one,
            _ => true,
        }
    }

    /// The healthy day beneath it: the night and most events are over when it begins.
    pub fn setting(&self, seed: u64, random: &mut Random, naming: Naming) -> Setting {
        let route = usize::try_from(seed).unwrap() % 3;
        Setting {
            features: picked(seed, None, |feature| self.suits(feature)),
            via: Via {
                naming,
                otlp: route == 1 && !self.trouble.dead,
                kubernetes: route == 2,
            },
            times: Times {
                night: 10,
                morning: 20,
                scaled_to_zero: 4..14,
                surge: 22..30,
                daily: 30,
                at: random.between(20, 30),
            },
        }
    }

    /// The day of this fault: two queues of one name in two namespaces, and a third one
    /// where there is room.
    pub fn day(&self, seed: u64, naming: Naming) -> Day {
        let mut random = Random::new(seed);
        let setting = self.setting(seed, &mut random, naming);
        let mut fleet = setting.fleet(random, self.of);
        if !setting.has(Feature::SeveralReplicas) {
            fleet.serve(Queue {
                slim: true,
                ..Queue::usual("shop", "parcels")
            });
        }
        let end = BEGINS + self.lasts;
        for minute in 0..end + CLEARS {
            setting.minute(&mut fleet, minute);
            if minute == BEGINS && self.deployed {
                fleet.end_one(0);
                fleet.start(0);
            }
            if (BEGINS..end).contains(&minute) {
                fleet.served[0].trouble = self.trouble.clone();
            }
            if (end..end + 2).contains(&minute) {
                fleet.served[0].trouble = self.leaves.clone();
            }
            fleet.minute(minute);
        }
        let name = format!("{seed}: {}, with {}", self.name, setting.words());
        Day::new(name, fleet.series, end + CLEARS)
    }
}

/// Every fault.
pub fn all() -> Vec<Fault> {
    let faults = [
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
    ];
    let mut faults: Vec<_> = faults.into_iter().flatten().collect();
    for (turn, fault) in (0..).zip(&mut faults) {
        fault.turn = turn;
    }
    faults
}

/// The first fault of each alert.
pub fn one_each() -> Vec<Fault> {
    let mut alerts = BTreeSet::new();
    let mut faults = all();
    faults.retain(|fault| alerts.insert(fault.alert));
    faults
}

/// Each fault, and a day with it.
pub fn days(faults: Vec<Fault>, seed: u64, naming: Naming) -> (Vec<Fault>, Vec<Day>) {
    let days = faults
        .iter()
        .map(|fault| fault.day(seed + fault.turn, naming));
    let days = days.collect();
    (faults, days)
}

fn none() -> Trouble {
    Trouble::default()
}
