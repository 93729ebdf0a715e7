//! A workflow that runs activities concurrently, and activities that follow instructions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use temporalio_common::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows::join_all,
};
use tokio::sync::Semaphore;

/// What an activity is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Do {
    /// Return at once.
    Pass,
    /// Wait to be let go.
    Wait,
    /// Fail, for good or not, with an error of this type.
    Fail(String, bool),
    /// Have a layer fail in some way.
    Refuse(String),
}

/// An activity with its options.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Act {
    pub what: Do,
    pub start_to_close: Duration,
    pub attempts: u32,
    /// The other type, that does the same.
    pub other: bool,
}

impl Act {
    pub fn new(what: Do) -> Self {
        Self {
            what,
            start_to_close: Duration::from_secs(60),
            attempts: 1,
            other: false,
        }
    }

    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    pub fn other(mut self) -> Self {
        self.other = true;
        self
    }
}

/// What the activities of a test share with it.
#[derive(Debug)]
pub struct Shared {
    gate: Semaphore,
    pub began: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            gate: Semaphore::new(0),
            began: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }
}

impl Shared {
    /// Lets so many go that wait.
    pub fn open(&self, times: usize) {
        self.gate.add_permits(times);
    }

    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// How many ever ran at once.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Waits until so many run.
    pub async fn run(&self, times: usize) {
        until(|| self.running() == times).await;
    }

    /// Enters a body, until the guard is dropped.
    pub fn enter(self: &Arc<Self>) -> Inside {
        self.began.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        Inside(self.clone(), running)
    }

    async fn pass_gate(&self) {
        self.gate.acquire().await.unwrap().forget();
    }
}

/// A body that runs, and how many did when it began.
pub struct Inside(Arc<Shared>, pub usize);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits for something that will come.
pub async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub struct Stage(pub Arc<Shared>);

#[activities]
impl Stage {
    /// Returns how many bodies ran when it began.
    #[activity(name = "act")]
    pub async fn act(
        self: Arc<Self>,
        _: ActivityContext,
        what: Do,
    ) -> Result<usize, ActivityError> {
        self.perform(what).await
    }

    #[activity(name = "other")]
    pub async fn other(
        self: Arc<Self>,
        _: ActivityContext,
        what: Do,
    ) -> Result<usize, ActivityError> {
        self.perform(what).await
    }
}

impl Stage {
    async fn perform(&self, what: Do) -> Result<usize, ActivityError> {
        let inside = self.0.enter();
        tracing::info!("in the body");
        match what {
            Do::Pass | Do::Refuse(_) => {}
            Do::Wait => self.0.pass_gate().await,
            Do::Fail(type_name, non_retryable) => {
                let failure = ApplicationFailure::builder(anyhow::anyhow!("the body's own"))
                    .type_name(type_name)
                    .non_retryable(non_retryable)
                    .build();
                return Err(failure.into());
            }
        }
        Ok(inside.1)
    }
}

/// Runs activities side by side, and returns what each returned, if it did.
#[workflow]
#[derive(Default)]
pub struct Troupe;

#[workflow_methods]
impl Troupe {
    #[run]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        acts: Vec<Act>,
    ) -> WorkflowResult<Vec<Option<usize>>> {
        let ctx = &*ctx;
        let acts = acts.into_iter().map(|act| async move {
            let retries = RetryPolicy::builder()
                .initial_interval(Duration::from_millis(10))
                .maximum_attempts(act.attempts)
                .build();
            let options = ActivityOptions::with_start_to_close_timeout(act.start_to_close)
                .retry_policy(retries)
                .do_not_eagerly_execute(true)
                .build();
            let done = match act.other {
                false => ctx.execute_activity(Stage::act, act.what, options).await,
                true => ctx.execute_activity(Stage::other, act.what, options).await,
            };
            done.ok()
        });
        Ok(join_all(acts).await)
    }
}
