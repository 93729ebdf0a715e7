//! Tasks of which it is unknown whether the server accepted them.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use parking_lot::{Condvar, Mutex};

use super::{Marks, holding::Holding, pending::Pending};

/// Asks the history of a run the fate of a task, and settles the doubt.
pub(crate) type Ask = Box<dyn FnOnce(Doubt) + Send>;

/// The signals of the tasks in doubt.
#[derive(Default)]
pub(super) struct Doubts {
    open: Mutex<Open>,
    settled: Condvar,
}

#[derive(Default)]
struct Open {
    next: u64,
    tasks: BTreeMap<u64, Pending>,
}

impl Doubts {
    fn add(&self, pending: Pending) -> u64 {
        let mut open = self.open.lock();
        let number = open.next;
        open.next += 1;
        open.tasks.insert(number, pending);
        number
    }

    fn take(&self, number: u64) -> Option<Pending> {
        let taken = self.open.lock().tasks.remove(&number);
        self.settled.notify_all();
        taken
    }

    /// Waits until all doubts are settled, and settles the rest as unknown then.
    pub(super) fn end(&self, until: Instant) {
        let mut open = self.open.lock();
        while !open.tasks.is_empty() && !self.settled.wait_until(&mut open, until).timed_out() {}
        let rest = std::mem::take(&mut open.tasks);
        drop(open);
        for pending in rest.into_values() {
            pending.release(&Marks::Unknown);
        }
    }
}

/// A task in doubt. Dropped, it settles itself as unknown.
pub(crate) struct Doubt {
    holding: Arc<Holding>,
    number: u64,
}

impl Doubt {
    pub(super) fn new(pending: Pending) -> Self {
        let holding = pending.holding().clone();
        let number = holding.doubts.add(pending);
        Self { holding, number }
    }

    /// Settles the doubt by what history says, if it says anything.
    pub(crate) fn settle(self, was_accepted: Option<bool>) {
        let Some(pending) = self.holding.doubts.take(self.number) else {
            return;
        };
        match was_accepted {
            Some(true) => pending.release(&Marks::None),
            Some(false) => pending.refuse(None),
            None => pending.release(&Marks::Unknown),
        }
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if let Some(pending) = self.holding.doubts.take(self.number) {
            pending.release(&Marks::Unknown);
        }
    }
}
