//! A healthy day with given features: its fleet, its load and its events.

use std::ops::Range;

use super::{
    events::events,
    features::Feature::{self, *},
    fleet::{Fleet, Queue},
    process::Via,
    random::Random,
};

/// When things happen on a day, in minutes.
#[derive(Clone, Debug)]
pub struct Times {
    /// The end of the night, and of the morning.
    pub night: usize,
    pub morning: usize,
    pub scaled_to_zero: Range<usize>,
    pub surge: Range<usize>,
    /// When the daily workflow starts.
    pub daily: usize,
    /// When everything else happens.
    pub at: usize,
}

/// A healthy day of one kind.
pub struct Setting {
    pub features: Vec<Feature>,
    pub via: Via,
    pub times: Times,
}

impl Setting {
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Returns the names of its features.
    pub fn words(&self) -> String {
        let names: Vec<_> = self.features.iter().map(|one| format!("{one:?}")).collect();
        names.join(", ")
    }

    /// The fleet at the start of the day, with a change to its first queue.
    pub fn fleet(&self, random: Random, change: fn(&mut Queue)) -> Fleet {
        let mut fleet = Fleet::new(self.via, random);
        let mut first = self.first();
        change(&mut first);
        fleet.serve(first);
        fleet.serve(self.second());
        fleet
    }

    /// The queue with most of the load.
    fn first(&self) -> Queue {
        let mut queue = Queue::usual("shop", "orders");
        if self.has(QueueRenamed) {
            queue.name = "orders-v1";
        }
        if self.has(SeveralReplicas) {
            (queue.replicas, queue.clients) = (3, 1);
        }
        if self.has(CompletedElsewhere) {
            queue.elsewhere = 1.0;
        }
        if self.has(SlotsByResources) {
            queue.slots = 0.0;
        }
        if self.has(LongActivities) {
            queue.takes = 45;
        }
        if self.has(RetriesAsUsual) {
            (queue.failing, queue.runs) = (0.2, 6000.0);
        }
        queue.zeros = !self.has(NoZeros);
        queue
    }

    /// A queue of the same name in another namespace, with less to do.
    fn second(&self) -> Queue {
        let mut queue = Queue::usual("billing", "orders");
        (queue.runs, queue.clients) = (5.0, 0);
        queue.slim = !self.features.iter().any(|feature| feature.is_of_second());
        if self.has(CronEachMinute) {
            queue.runs = 1.0;
        }
        if self.has(WorkflowADay) {
            (queue.runs, queue.zeros) = (0.0, false);
        }
        queue
    }

    /// Sets the load of one minute and applies its events.
    pub fn minute(&self, fleet: &mut Fleet, minute: usize) {
        for served in &mut fleet.served {
            served.trouble = Default::default();
        }
        self.first_load(fleet, minute);
        self.second_load(fleet, minute);
        events(fleet, self, minute);
    }

    fn is_idle(&self, minute: usize) -> bool {
        self.has(IdleNight) && minute < self.times.night
    }

    fn first_load(&self, fleet: &mut Fleet, minute: usize) {
        let Times {
            night,
            morning,
            surge,
            ..
        } = &self.times;
        let served = &mut fleet.served[0];
        served.load = match minute {
            _ if self.is_idle(minute) => 0.0,
            minute if minute < *night => 0.15,
            minute if minute < *morning => {
                0.2 + 0.6 * (minute - night) as f64 / (morning - night) as f64
            }
            _ => 0.8,
        };
        if !self.has(MondaysSurge) || !surge.contains(&minute) {
            return;
        }
        // A sudden burst: for a moment, all slots are in use.
        served.load *= 5.0;
        if minute < surge.start + 3 {
            served.trouble.full = Some(("ActivityWorker", 1.0));
            served.trouble.wait = Some(0.4);
        }
    }

    fn second_load(&self, fleet: &mut Fleet, minute: usize) {
        let served = &mut fleet.served[1];
        let sleeps = self.is_idle(minute) && !self.has(CronEachMinute);
        served.load = if sleeps { 0.0 } else { 1.0 };
        if self.has(WorkflowADay) {
            served.queue.runs = f64::from(minute == self.times.daily) * 1.4;
        }
        if self.has(RunsThatSleep) {
            // Each run wakes up once a day, long after it left the cache.
            served.trouble.misses = 0.4;
        }
    }
}
