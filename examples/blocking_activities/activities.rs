//! An activity that blocks its thread, one that does not, and the pooled registration of the
//! former.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chronoscope::{
    activity::{Pooled, record_heartbeat_blocking},
    info,
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// The number of pots in the kilns, and the most that were ever in them at once.
#[derive(Debug, Default)]
pub struct Tally {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Tally {
    pub fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }
}

pub struct Kiln(pub Arc<Tally>);

#[activities]
impl Kiln {
    /// Blocks its thread while a pot is fired.
    #[activity]
    pub async fn fire(
        self: Arc<Self>,
        ctx: ActivityContext,
        pot: u32,
    ) -> Result<(), ActivityError> {
        let now = self.0.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.most.fetch_max(now, Ordering::Relaxed);
        info!(pot, "firing");
        std::thread::sleep(Duration::from_millis(20));
        record_heartbeat_blocking(&ctx, pot)?;
        self.0.now.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }
}

/// `Kiln::fire` on a pool.
pub type PooledFire = Pooled<kiln::Fire>;

pub struct Clock;

#[activities]
impl Clock {
    /// Does not wait for anything.
    #[activity]
    pub async fn look(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        info!("still time");
        Ok(())
    }
}
