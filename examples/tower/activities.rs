//! The activity that bakes loaves in a limited number of ovens.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// The number of loaves in the ovens, and the most that were ever in them at once.
#[derive(Debug, Default)]
pub struct Ovens {
    in_use: AtomicUsize,
    most: AtomicUsize,
}

impl Ovens {
    /// Returns the most loaves that were ever in the ovens at once.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Takes an oven until the guard is dropped, as it is when a timeout drops the activity.
    fn take(self: &Arc<Self>) -> Taken {
        let in_use = self.in_use.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(in_use, Ordering::Relaxed);
        Taken(self.clone())
    }
}

struct Taken(Arc<Ovens>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.in_use.fetch_sub(1, Ordering::Relaxed);
    }
}

pub struct Baking(pub Arc<Ovens>);

#[activities]
impl Baking {
    /// Bakes a loaf. Every fifth one is left in the oven at its first attempt that gets there.
    #[activity]
    pub async fn bake(
        self: Arc<Self>,
        ctx: ActivityContext,
        loaf: u32,
    ) -> Result<u32, ActivityError> {
        let _oven = self.0.take();
        let info = ctx.info();
        if loaf % 5 == 4 && info.attempt < 3 {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        Ok(info.attempt)
    }
}
