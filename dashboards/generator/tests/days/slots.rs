//! Slots: what waits for them, what holds them, and when they are free again.

use std::collections::{BTreeMap, VecDeque};

/// Tasks of one kind, which wait for a slot, hold it and end.
#[derive(Debug, Default)]
pub struct Flow {
    /// How many wait, and since which minute.
    waiting: VecDeque<(usize, f64)>,
    /// How many hold a slot for longer than a minute, by the minute in which they end.
    running: BTreeMap<usize, f64>,
}

/// The tasks of one queue.
#[derive(Debug, Default)]
pub struct Flows {
    pub tasks: Flow,
    pub activities: Flow,
    pub local: Flow,
    pub nexus: Flow,
}

/// How tasks of one kind are worked off.
#[derive(Clone, Copy)]
pub struct Pace {
    /// The minutes that each takes.
    pub takes: f64,
    /// The slots of all processes.
    pub slots: f64,
    pub polled: bool,
    /// Whether they hold their slots and do not end.
    pub hangs: bool,
}

/// What happened to tasks of one kind in a minute.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    /// How many began, and how many minutes they had waited.
    pub begun: Vec<(usize, f64)>,
    pub ended: f64,
    /// The slots in use at its end.
    pub used: f64,
}

impl Flow {
    /// Works for a minute in which more tasks arrive.
    pub fn pass(&mut self, minute: usize, more: f64, pace: Pace) -> Passed {
        if more > 0.0 {
            self.waiting.push_back((minute, more));
        }
        let mut ended = 0.0;
        if !pace.hangs {
            let rest = self.running.split_off(&(minute + 1));
            ended += self.running.values().sum::<f64>();
            self.running = rest;
        }
        let held: f64 = self.running.values().sum();
        let free = (pace.slots - held).max(0.0);
        let is_brief = pace.takes < 1.0 && !pace.hangs;
        let room = match (pace.polled, is_brief) {
            (false, _) => 0.0,
            (true, true) => (free / pace.takes).floor(),
            (true, false) => free,
        };
        let begun = self.take(room, minute);
        let count: f64 = begun.iter().map(|(_, count)| count).sum();
        if is_brief {
            let used = held + (count * pace.takes).round();
            ended += count;
            return Passed { begun, ended, used };
        }
        let until = minute + (pace.takes.ceil() as usize).max(1);
        *self.running.entry(until).or_default() += count;
        let used = held + count;
        Passed { begun, ended, used }
    }

    /// Those that have waited longest, as many as there is room for.
    fn take(&mut self, mut room: f64, minute: usize) -> Vec<(usize, f64)> {
        let mut taken = Vec::new();
        while let Some((since, count)) = self.waiting.front_mut()
            && room > 0.0
        {
            let part = count.min(room);
            taken.push((minute - *since, part));
            room -= part;
            *count -= part;
            if *count == 0.0 {
                self.waiting.pop_front();
            }
        }
        taken
    }
}

impl Passed {
    /// How many began.
    pub fn count(&self) -> f64 {
        self.begun.iter().map(|(_, count)| count).sum()
    }

    /// The part of one of several processes, which take turns with the remainder.
    pub fn part(&self, at: usize, of: usize, minute: usize) -> Self {
        let part = |all: f64| {
            let share = (all / of as f64).floor();
            let rest = (all - share * of as f64) as usize;
            share + f64::from((at + minute) % of < rest)
        };
        let begun = self.begun.iter().map(|(wait, count)| (*wait, part(*count)));
        Self {
            begun: begun.filter(|(_, count)| *count > 0.0).collect(),
            ended: part(self.ended),
            used: part(self.used),
        }
    }
}

impl Flows {
    /// Lets a minute's tasks wait, for nobody is there to take them.
    pub fn wait(&mut self, minute: usize, runs: f64, queue: &super::fleet::Queue) {
        let nobody = Pace {
            takes: 0.1,
            slots: 0.0,
            polled: false,
            hangs: false,
        };
        match queue.slim {
            true => self
                .activities
                .pass(minute, (runs * queue.activities).round(), nobody),
            false => self.tasks.pass(minute, runs * super::tasks::TASKS, nobody),
        };
    }
}
