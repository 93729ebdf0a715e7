//! One workflow for each way in which histories differ, and what a client does to it.

mod activities;
mod histories;
mod workflows;

use std::{future::Future, pin::Pin};

use temporalio_client::{
    Client, WorkflowCancelOptions, WorkflowExecuteUpdateOptions, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions,
};
use temporalio_common::HasWorkflowDefinition;
use temporalio_sdk::WorkerOptions;

pub use self::{
    activities::{Steps, doubled},
    histories::{all_events, history},
    workflows::*,
};
use crate::support::start;

/// The runs that a scenario leaves behind.
pub type Runs = Vec<(String, Option<String>)>;

type Play = fn(Client, String) -> Pin<Box<dyn Future<Output = Runs>>>;

/// A workflow with what a client does to it, to its end.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub play: Play,
}

macro_rules! scenarios {
    ($($name:ident($client:ident, $queue:ident) $body:block)*) => {
        /// Every scenario.
        pub const ALL: &[Scenario] = &[$(Scenario {
            name: stringify!($name),
            play: |$client, $queue| Box::pin(async move { $body }),
        },)*];
    };
}

scenarios! {
    timers(client, queue) { finish(&start(&client, &queue, Timers::run, ()).await).await }
    activities(client, queue) { finish(&start(&client, &queue, Activities::run, ()).await).await }
    local_activities(client, queue) { finish(&start(&client, &queue, LocalActivities::run, ()).await).await }
    children(client, queue) { finish(&start(&client, &queue, Parent::run, ()).await).await }
    init(client, queue) { finish(&start(&client, &queue, Initialized::run, 3).await).await }
    patches(client, queue) { finish(&start(&client, &queue, Patched::run, ()).await).await }
    failure(client, queue) { finish(&start(&client, &queue, Failing::run, ()).await).await }
    selects(client, queue) { finish(&start(&client, &queue, Selecting::run, ()).await).await }
    continue_as_new(client, queue) {
        let mut runs = finish(&start(&client, &queue, Continued::run, 3).await).await;
        runs.push((runs[0].0.clone(), None));
        runs
    }
    signals(client, queue) {
        let handle = start(&client, &queue, Signalled::run, 2).await;
        for n in 0..2 {
            handle.signal(Signalled::add, n, WorkflowSignalOptions::default()).await.unwrap();
        }
        finish(&handle).await
    }
    external_signals(client, queue) {
        let receiver = start(&client, &queue, Signalled::run, 1).await;
        let id = receiver.info().workflow_id.clone();
        let mut runs = finish(&start(&client, &queue, Signalling::run, id).await).await;
        runs.extend(finish(&receiver).await);
        runs
    }
    queries(client, queue) {
        let handle = start(&client, &queue, Asked::run, ()).await;
        let total = handle.query(Asked::total, (), WorkflowQueryOptions::default()).await.unwrap();
        assert_eq!(total, 0);
        handle.signal(Asked::add, 5, WorkflowSignalOptions::default()).await.unwrap();
        let runs = finish(&handle).await;
        let total = handle.query(Asked::total, (), WorkflowQueryOptions::default()).await.unwrap();
        assert_eq!(total, 5);
        runs
    }
    updates(client, queue) {
        let handle = start(&client, &queue, Updated::run, ()).await;
        let options = WorkflowExecuteUpdateOptions::default;
        let rejected = handle.execute_update(Updated::add, -1, options()).await;
        assert!(rejected.is_err());
        assert_eq!(handle.execute_update(Updated::add, 4, options()).await.unwrap(), 4);
        assert_eq!(handle.execute_update(Updated::add_slowly, 6, options()).await.unwrap(), 10);
        finish(&handle).await
    }
    cancellation(client, queue) {
        let handle = start(&client, &queue, Cancelled::run, ()).await;
        let waiting = || handle.query(Cancelled::waiting, (), WorkflowQueryOptions::default());
        while !waiting().await.unwrap() {}
        handle.cancel(WorkflowCancelOptions::default()).await.unwrap();
        let runs = finish(&handle).await;
        activities::over(queue);
        runs
    }
}

/// Registers what the scenarios need.
pub fn worker(queue: &str, cache: usize) -> WorkerOptions {
    let options = WorkerOptions::new(queue)
        .max_cached_workflows(cache)
        .register_activities(Steps);
    macro_rules! register {
        ($($workflow:ty)*) => { options$(.register_workflow::<$workflow>().unwrap())*.build() };
    }
    register!(Timers Activities LocalActivities Parent Child Initialized Patched Failing Selecting
        Continued Signalled Signalling Asked Updated Cancelled)
}

/// Waits for the end, however it is.
async fn finish<W: HasWorkflowDefinition>(handle: &WorkflowHandle<Client, W>) -> Runs
where
    W::Output: 'static,
{
    let _ = handle.get_result(WorkflowGetResultOptions::default()).await;
    vec![(
        handle.info().workflow_id.clone(),
        handle.run_id().map(str::to_owned),
    )]
}
