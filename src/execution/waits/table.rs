//! The table of a run's waits, changed by its commands and jobs.

use std::time::SystemTime;

use parking_lot::Mutex;

use super::{Wait, WaitKind, Waits};

/// The most waits of a run that are shown.
const SHOWN: usize = 32;

/// The waits of a run, in the order of kind and number.
#[derive(Debug, Default)]
pub(crate) struct WaitTable(Mutex<Vec<Wait>>);

/// A change of what a run waits for.
pub(crate) enum WaitChange {
    Begins(Wait),
    Ends(WaitKind, u32),
}

impl WaitTable {
    /// Makes changes, at this workflow time, and returns how many waits there are then: 0 if nothing
    /// changed.
    pub(crate) fn change(
        &self,
        time: Option<SystemTime>,
        changes: impl Iterator<Item = WaitChange>,
    ) -> usize {
        let mut changes = changes.peekable();
        if changes.peek().is_none() {
            return 0;
        }
        let mut waits = self.0.lock();
        for change in changes {
            match change {
                WaitChange::Begins(wait) => begin(&mut waits, wait, time),
                WaitChange::Ends(kind, number) => end(&mut waits, kind, number),
            }
        }
        waits.len()
    }

    /// Begins a wait under the next number of its kind, and returns that.
    pub(super) fn next(&self, mut wait: Wait, time: Option<SystemTime>) -> u32 {
        let mut waits = self.0.lock();
        let mut before = waits.iter().rev();
        let last = before.find(|other| other.kind == wait.kind);
        wait.number = last.map_or(0, |last| last.number.wrapping_add(1));
        let number = wait.number;
        begin(&mut waits, wait, time);
        number
    }

    /// Ends a wait, if it is still there.
    pub(super) fn end(&self, kind: WaitKind, number: u32) {
        end(&mut self.0.lock(), kind, number);
    }

    /// Forgets all: the run leaves the cache.
    pub(crate) fn clear(&self) {
        drop(std::mem::take(&mut *self.0.lock()));
    }

    /// Returns the number of waits of a kind.
    pub(crate) fn count(&self, kind: WaitKind) -> usize {
        let waits = self.0.lock();
        waits.iter().filter(|wait| wait.kind == kind).count()
    }

    /// Returns the first waits, and how many more there are.
    pub(crate) fn list(&self) -> Waits {
        let waits = self.0.lock();
        let shown = waits.len().min(SHOWN);
        Waits {
            first: waits[..shown].to_vec(),
            more: waits.len() - shown,
        }
    }
}

fn begin(waits: &mut Vec<Wait>, mut wait: Wait, time: Option<SystemTime>) {
    let span = wait
        .until
        .and_then(|until| until.duration_since(SystemTime::UNIX_EPOCH).ok());
    wait.until = span.and_then(|span| time?.checked_add(span));
    wait.since = wait.since.or(time);
    match place(waits, wait.kind, wait.number) {
        Ok(same) => waits[same] = wait,
        Err(next) => {
            if waits.capacity() == 0 {
                // Most runs wait for one thing.
                waits.reserve_exact(1);
            }
            waits.insert(next, wait);
        }
    }
}

fn end(waits: &mut Vec<Wait>, kind: WaitKind, number: u32) {
    if let Ok(known) = place(waits, kind, number) {
        waits.remove(known);
    }
}

fn place(waits: &[Wait], kind: WaitKind, number: u32) -> Result<usize, usize> {
    waits.binary_search_by_key(&(kind, number), |wait| (wait.kind, wait.number))
}
