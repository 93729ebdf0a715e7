//! The faults of the demo, and their switches.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use clap::ValueEnum;
use tokio::sync::watch;

/// A fault that can be switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Fault {
    /// The worker is shut down; its process continues to serve metrics.
    NoPollers,
    /// Activities hang until every slot is in use.
    SlotsExhausted,
    /// The worker restarts with workflow code that does not match the open runs.
    NonDeterminism,
    /// Every attempt of an activity fails.
    FailingActivities,
    /// Workflow code blocks its thread.
    SlowTasks,
    /// The worker restarts with a cache that is far too small.
    CacheThrash,
}

/// The faults that are on.
pub static FAULTS: LazyLock<Faults> = LazyLock::new(Faults::default);

/// The switches of all faults.
#[derive(Debug)]
pub struct Faults {
    on: watch::Sender<BTreeSet<Fault>>,
    slow: Mutex<Duration>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            on: watch::channel(BTreeSet::new()).0,
            slow: Mutex::default(),
        }
    }
}

impl Faults {
    pub fn is_on(&self, fault: Fault) -> bool {
        self.on.borrow().contains(&fault)
    }

    /// Toggles a fault, and returns whether it is on now.
    pub fn switch(&self, fault: Fault) -> bool {
        let mut is_on = false;
        self.on.send_modify(|faults| {
            is_on = !faults.remove(&fault) && faults.insert(fault);
        });
        is_on
    }

    /// Waits until a fault is on, or off.
    pub async fn until(&self, fault: Fault, on: bool) {
        let mut seen = self.on.subscribe();
        // The sender lives as long as the program.
        let _ = seen.wait_for(|faults| faults.contains(&fault) == on).await;
    }

    /// Waits until the faults require a restart of the worker.
    pub async fn until_restart(&self) {
        let of_workers = |faults: &BTreeSet<Fault>| {
            let kinds = [Fault::NoPollers, Fault::NonDeterminism, Fault::CacheThrash];
            kinds.map(|fault| faults.contains(&fault))
        };
        let mut seen = self.on.subscribe();
        let began = of_workers(&seen.borrow());
        let _ = seen.wait_for(|faults| of_workers(faults) != began).await;
    }

    /// Sets for how long a slow task blocks.
    pub fn set_slow(&self, slow: Duration) {
        *self.slow.lock().unwrap_or_else(PoisonError::into_inner) = slow;
    }

    /// Blocks this thread, if tasks are slow.
    pub fn block(&self) {
        if self.is_on(Fault::SlowTasks) {
            let slow = *self.slow.lock().unwrap_or_else(PoisonError::into_inner);
            std::thread::sleep(slow);
        }
    }
}
