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
    /// Minutes for which a replica is away.
    pub away: usize,
    /// When the daily workflow starts.
    pub daily: usize,
    /// When everything else happens.
    pub at: usize,
}

/// The slots of a batch's queue, and how many minutes its activities take.
const BATCH: f64 = 20.0;
const BRIEF: f64 = 0.125;
const LONG: f64 = 25.0;

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
        if let Some(batch) = self.batch() {
            fleet.serve(batch);
        }
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
        if self.has(ReplicaAway) {
            (queue.replicas, queue.clients) = (2, 1);
        }
        if self.has(LongActivities) {
            (queue.takes, queue.activities, queue.slots) = (45.0, 0.1, 400.0);
        }
        if self.has(RetriesAsUsual) {
            (queue.failing, queue.runs, queue.slots) = (0.2, 6000.0, 4000.0);
        }
        if self.has(SlotsByResources) {
            queue.slots = 0.0;
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

    /// A queue whose few slots are all in use for a while, as they should be: half an hour of brief
    /// activities, or two waves of long ones.
    fn batch(&self) -> Option<Queue> {
        let takes = match () {
            () if self.has(BatchQueue) => BRIEF,
            () if self.has(LongBatch) => LONG,
            () => return None,
        };
        Some(Queue {
            runs: if self.has(BatchQueue) { 2.0 } else { 0.0 },
            slots: BATCH,
            slim: true,
            takes,
            ..Queue::usual("billing", "reports")
        })
    }

    /// The activities of the batch.
    pub fn burst(&self) -> f64 {
        match self.has(LongBatch) {
            true => 2.0 * BATCH,
            false => 30.0 * BATCH / BRIEF,
        }
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
            // Nothing is to be done while nobody is there.
            _ if self.has(ScaleToZero) && self.times.scaled_to_zero.contains(&minute) => 0.0,
            minute if minute < *night => 0.15,
            minute if minute < *morning => {
                0.2 + 0.6 * (minute - night) as f64 / (morning - night) as f64
            }
            _ => 0.8,
        };
        if !surge.contains(&minute) {
            return;
        }
        if self.has(MondaysSurge) {
            // For half an hour, more than there are slots for.
            served.load *= 5.0;
            served.trouble.wait = Some(0.4);
        }
        if self.has(SurgeNearLimit) && minute < surge.start + 25 {
            // 48 of 50 slots.
            served.load = 3.2;
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
