//! The official SDK's worker and client on both servers.

use temporalio_client::{Client, WorkflowGetResultOptions};
use tokio::runtime::Handle;

use super::scenarios;
use crate::{
    sdk::{Again, Failing, Sleeper, end, play_mixed, start_on, work_on},
    support::*,
};

scenarios![
    sdk_sleeps,
    sdk_mixed,
    sdk_mixed_without_cache,
    sdk_runs_again,
    sdk_fails
];

/// Runs a worker on a thread of its own, for its workflows stay where they are.
async fn with_worker(
    world: &World,
    cache: usize,
    body: impl AsyncFnOnce(Client, World) + Send + 'static,
) {
    let (world, handle) = (world.clone(), Handle::current());
    let working = tokio::task::spawn_blocking(move || {
        let queue = world.name.clone();
        let connection = world.connection.clone();
        let body = async |client| body(client, world).await;
        handle.block_on(work_on(&queue, connection, cache, body));
    });
    working.await.unwrap();
}

async fn sdk_sleeps(world: World) {
    with_worker(&world, 100, async |client, world| {
        let handle = start_on(&world.name, &client, Sleeper::run, &world.name, 1).await;
        world.say(format!("{}", end(&handle).await));
    })
    .await;
    world.say_history().await;
}

async fn mixed(world: World, cache: usize) {
    with_worker(&world, cache, async |client, world| {
        // A query that comes earlier may cost a workflow task, or not.
        let ready = async {
            loop {
                let kinds = shape(&world.history().await);
                let done = kinds
                    .iter()
                    .filter(|kind| *kind == "ActivityTaskCompleted")
                    .count();
                if done == 2
                    && kinds
                        .last()
                        .is_some_and(|kind| kind == "WorkflowTaskCompleted")
                {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let total = play_mixed(&world.name, &client, &world.name, ready).await;
        world.say(format!("total {total}"));
    })
    .await;
    world.say_history().await;
    world.of_child().say_history().await;
}

async fn sdk_mixed(world: World) {
    mixed(world, 100).await;
}

async fn sdk_mixed_without_cache(world: World) {
    mixed(world, 0).await;
}

async fn sdk_runs_again(world: World) {
    with_worker(&world, 100, async |client, world| {
        let handle = start_on(&world.name, &client, Again::run, &world.name, 2).await;
        end(&handle).await;
        let first = handle.run_id().unwrap_or_default().to_owned();
        world.say_history_of(&world.name, &first).await;
    })
    .await;
    world.say_history().await;
}

async fn sdk_fails(world: World) {
    with_worker(&world, 100, async |client, world| {
        let handle = start_on(&world.name, &client, Failing::run, &world.name, ()).await;
        let failed = handle
            .get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap_err();
        world.say(failed.to_string());
    })
    .await;
    world.say_history().await;
}
