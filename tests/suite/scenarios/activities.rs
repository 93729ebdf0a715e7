//! The activities of the scenarios.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub struct Steps;

/// The journal of [`Steps::double`]: how often it ran, by task queue. A local activity runs again
/// if its worker forgets the run before the server has its marker.
static DOUBLED: Mutex<Option<HashMap<String, u64>>> = Mutex::new(None);

/// How often [`Steps::double`] ran on a task queue.
pub fn doubled(queue: &str) -> u64 {
    let journal = DOUBLED.lock().unwrap();
    journal.iter().flat_map(|journal| journal.get(queue)).sum()
}

/// The task queues whose runs are over.
static OVER: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Lets [`Steps::endless`] report, on a task queue.
pub fn over(queue: String) {
    OVER.lock().unwrap().insert(queue);
}

#[activities]
impl Steps {
    #[activity]
    pub async fn double(ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        let queue = ctx.info().task_queue.clone();
        let mut journal = DOUBLED.lock().unwrap();
        *journal.get_or_insert_default().entry(queue).or_default() += 1;
        drop(journal);
        info!(n, "doubling");
        Ok(n * 2)
    }

    /// Fails at its first attempt.
    #[activity]
    pub async fn flaky(ctx: ActivityContext, _input: ()) -> Result<u32, ActivityError> {
        match ctx.info().attempt {
            1 => Err(ApplicationFailure::new("not yet").into()),
            attempt => Ok(attempt),
        }
    }

    #[activity]
    pub async fn broken(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        Err(ApplicationFailure::non_retryable("never").into())
    }

    /// Runs until it is cancelled and its run is over: a report before that would overtake the run's
    /// last task now and then.
    #[activity]
    pub async fn endless(ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        static BEATS: AtomicU32 = AtomicU32::new(0);
        let queue = ctx.info().task_queue.clone();
        while !(ctx.is_cancelled() && OVER.lock().unwrap().contains(&queue)) {
            ctx.record_heartbeat(BEATS.fetch_add(1, Ordering::Relaxed))
                .await?;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Err(ActivityError::cancelled())
    }
}
