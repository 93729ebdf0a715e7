//! Faults on top of a healthy day, each with the alert that must fire.

mod beneath;
mod caches;
mod calls;
mod pairs;
mod tasks;
mod waits;
mod workers;

use std::collections::BTreeSet;

use chronoscope::schema::Naming;

use super::{
    features::{Feature, picked},
    fleet::{Fleet, Queue},
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
    /// Another fault at the same time.
    pub second: Option<Second>,
    /// What the fleet does while it lasts, instead of the features that its seed selects.
    pub amid: &'static [Feature],
    /// Minutes until the end of the day, by which nothing may fire any more.
    pub clears: usize,
    /// Whether it comes with new processes.
    pub deployed: bool,
    /// Whether its metrics come by OTLP, whatever its seed.
    pub pushed: bool,
    /// Its index among all faults, which selects its seed.
    pub turn: u64,
}

/// A fault at the same time as another one, which has an alert of its own.
pub struct Second {
    pub alert: &'static str,
    pub labels: &'static [(&'static str, &'static str)],
    /// The queue that has it, and what is wrong there, unless the first fault has it, too.
    pub of: usize,
    pub trouble: Trouble,
}

/// When a fault begins.
pub const BEGINS: usize = 60;

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
            second: None,
            amid: &[],
            clears: 35,
            pushed: false,
            turn: 0,
        }
    }

    /// The alerts that must fire, each with its labels.
    pub fn wanted(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static [(&'static str, &'static str)])> {
        let second = self.second.iter();
        [(self.alert, self.labels)]
            .into_iter()
            .chain(second.map(|second| (second.alert, second.labels)))
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

    fn clears(mut self, clears: usize) -> Self {
        self.clears = clears;
        self
    }

    fn amid(mut self, amid: &'static [Feature]) -> Self {
        self.amid = amid;
        self
    }

    fn deployed(mut self) -> Self {
        self.deployed = true;
        self
    }

    /// Whether it is possible and visible in a fleet with a feature.
    fn suits(&self, feature: Feature) -> bool {
        let trouble = &self.trouble;
        let slow = [trouble.takes, trouble.task, trouble.local];
        let slow = slow.iter().any(Option::is_some);
        match feature {
            // The route of metrics is chosen for each fault anyway.
            Feature::Otlp | Feature::Kubernetes => false,
            // These decide how soon slots are full.
            Feature::SlotsByResources | Feature::LongActivities | Feature::RetriesAsUsual => {
                !slow && trouble.hangs.is_none()
            }
            Feature::CompletedElsewhere => {
                let mut refused = trouble.refused.iter();
                !refused.any(|(operation, ..)| *operation == "RespondActivityTaskCompleted")
            }
            Feature::SeveralReplicas | Feature::ReplicaAway if slow => false,
            // Otherwise there would be too many series.
            Feature::SeveralReplicas | Feature::ReplicaAway
                if trouble.refused.len() + trouble.asked.len() > 0 =>
            {
                trouble.refused.len() == 1 && trouble.refused[0].0.starts_with("Respond")
            }
            feature if feature.adds_processes() => !self.deployed && !trouble.one,
            _ => true,
        }
    }

    /// The healthy day beneath it: the night and most events are over when it begins.
    pub fn setting(&self, seed: u64, random: &mut Random, naming: Naming) -> Setting {
        let route = usize::try_from(seed).unwrap() % 3;
        let is_amid = !self.amid.is_empty();
        let early = random.between(20, 30);
        Setting {
            features: match is_amid {
                true => self.amid.to_vec(),
                false => picked(seed, None, |feature| self.suits(feature)),
            },
            via: Via {
                naming,
                otlp: self.pushed || route == 1 && !self.trouble.dead,
                kubernetes: route == 2 && !self.pushed,
            },
            times: Times {
                night: 10,
                morning: 20,
                scaled_to_zero: 4..14,
                surge: if is_amid {
                    BEGINS - 5..BEGINS + 25
                } else {
                    22..30
                },
                away: 4,
                daily: 30,
                at: if is_amid { BEGINS - 2 } else { early },
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
                slim: self.second.as_ref().is_none_or(|second| second.of != 2),
                ..Queue::usual("shop", "parcels")
            });
        }
        let end = BEGINS + self.lasts;
        for minute in 0..end + self.clears {
            setting.minute(&mut fleet, minute);
            self.strike(&mut fleet, minute);
            fleet.minute(minute);
        }
        let name = format!("{seed}: {}, with {}", self.name, setting.words());
        Day::new(name, fleet.series, end + self.clears)
    }

    /// Sets what is wrong in a minute.
    fn strike(&self, fleet: &mut Fleet, minute: usize) {
        let end = BEGINS + self.lasts;
        if minute == BEGINS && self.deployed {
            fleet.end_one(0);
            fleet.start(0);
        }
        if minute == end && self.trouble.dead {
            fleet.restart(0);
        }
        let beneath = fleet.served[0].trouble.clone();
        if (BEGINS..end).contains(&minute) {
            fleet.served[0].trouble = self.trouble.on_top_of(&beneath);
            for second in self.second.iter().filter(|second| second.of > 0) {
                fleet.served[second.of].trouble = second.trouble.clone();
            }
        }
        if (end..end + 2).contains(&minute) {
            fleet.served[0].trouble = self.leaves.on_top_of(&beneath);
        }
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
        tasks::one_run(),
        beneath::beneath(),
        pairs::pairs(),
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

/// What no alert sees, which DAYS.md says.
pub fn unseen() -> Vec<Fault> {
    workers::unseen()
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
