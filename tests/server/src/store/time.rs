//! The passing of time: deadlines, and the one clock of the global mode.

use std::{collections::BTreeMap, time::Duration};

use tokio::sync::oneshot;
use tonic::Status;

use super::{RunRef, SkipMode, Store};
use crate::clock::Time;

/// What holds the global clock, and who waits for it.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    count: u64,
    sleepers: BTreeMap<(Time, u64), Sleeper>,
    last: u64,
}

impl Lock {
    /// Whether the clock goes at the pace of real time.
    pub(super) fn is_locked(&self) -> bool {
        self.count > 0
    }
}

/// Somebody who waits for the global clock.
#[derive(Debug)]
struct Sleeper {
    wake: oneshot::Sender<()>,
    /// The clock was let go for as long as the sleep lasts.
    relock: bool,
}

impl Store {
    /// When something is due next.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let run = self.deadlines.first().map(|(at, _)| *at);
        let grave = self.graves.first().map(|(at, _)| *at);
        let sleeper = self.lock.sleepers.first_key_value().map(|((at, _), _)| *at);
        let schedule = self.schedules.next();
        [run, grave, sleeper, schedule].into_iter().flatten().min()
    }

    /// Does all that is due.
    pub(crate) fn tick(&mut self) {
        self.fire_due();
        self.finish();
    }

    fn fire_due(&mut self) {
        let now = self.clock.now();
        while let Some((at, run)) = self.deadlines.first().copied()
            && at <= now
        {
            self.step(run, crate::run::Run::fire);
        }
        self.fill_graves(now);
        while let Some(first) = self.lock.sleepers.first_entry()
            && first.key().0 <= now
        {
            let sleeper = first.remove();
            self.lock.count += u64::from(sleeper.relock);
            // Whoever slept may have given up.
            sleeper.wake.send(()).unwrap_or_default();
        }
        self.fire_schedules(now);
    }

    /// Forgets the closed runs that were kept long enough.
    fn fill_graves(&mut self, now: Time) {
        let later = self.graves.split_off(&(now, RunRef::LAST));
        let over = std::mem::replace(&mut self.graves, later);
        if over.is_empty() {
            return;
        }
        for (_, run) in over {
            self.forget(run);
        }
        self.sweep();
    }

    /// Moves the server's clock forward, and with it the time of every run.
    pub(crate) fn skip(&mut self, span: Duration) {
        let end = self.clock.now().after(span);
        while let Some(next) = self.next_deadline().filter(|next| *next <= end) {
            self.clock.skip(next.since(self.clock.now()));
            self.tick();
        }
        self.clock.skip(end.since(self.clock.now()));
        self.tick();
        self.alarm.notify_one();
    }

    /// Skips to the next thing of the whole server; says whether it did.
    pub(super) fn skip_globally(&mut self) -> bool {
        if self.settings.mode != SkipMode::Global || self.lock.is_locked() {
            return false;
        }
        let mut open = self.runs.values().filter(|run| run.state.is_running());
        if !open.all(crate::run::Run::is_idle) {
            return false;
        }
        let open = self.runs.values().filter(|run| run.state.is_running());
        let run = open.filter_map(crate::run::Run::next_skippable).min();
        let sleeper = self.lock.sleepers.first_key_value().map(|((at, _), _)| *at);
        let target = [run, sleeper, self.schedules.next()]
            .into_iter()
            .flatten()
            .min();
        let now = self.clock.now();
        let Some(target) = target.filter(|target| *target > now) else {
            return false;
        };
        self.clock.skip(target.since(now));
        self.fire_due();
        self.alarm.notify_one();
        true
    }

    /// Holds the global clock to the pace of real time.
    pub(crate) fn lock_time(&mut self) {
        self.lock.count += 1;
    }

    /// Lets go of the global clock.
    pub(crate) fn unlock_time(&mut self) -> Result<(), Status> {
        let left = self.lock.count.checked_sub(1);
        self.lock.count = left.ok_or_else(unbalanced)?;
        self.finish();
        Ok(())
    }

    /// Wakes when the clock shows the time.
    pub(crate) fn sleep_until(&mut self, until: Time) -> oneshot::Receiver<()> {
        self.sleep(until, false)
    }

    /// Lets go of the global clock until it shows the time.
    pub(crate) fn unlock_until(&mut self, until: Time) -> Result<oneshot::Receiver<()>, Status> {
        if self.lock.count == 0 {
            return Err(unbalanced());
        }
        let woken = self.sleep(until, true);
        self.unlock_time()?;
        Ok(woken)
    }

    fn sleep(&mut self, until: Time, relock: bool) -> oneshot::Receiver<()> {
        let (wake, woken) = oneshot::channel();
        self.lock.last += 1;
        let sleeper = Sleeper { wake, relock };
        self.lock.sleepers.insert((until, self.lock.last), sleeper);
        self.tick();
        self.alarm.notify_one();
        woken
    }
}

fn unbalanced() -> Status {
    Status::internal("unbalanced lock and unlock calls: time skipping is not locked")
}
