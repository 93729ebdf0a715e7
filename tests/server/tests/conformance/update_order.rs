//! Updates among other things that happen.

use temporalio_common::protos::temporal::api::enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage;

use super::updates::{Answers, answered, say_update, update, waiting};
use super::{ARRIVED, scenarios};
use crate::support::*;

scenarios![
    update_known,
    update_with_signal,
    two_updates,
    update_before_first_task,
    update_while_task_runs,
];

async fn update_known(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    say_update(&world, update(&world, "u", Stage::Completed)).await;
    world.say(format!("{:?}", shape(&world.history().await)));
}

async fn update_with_signal(world: World) {
    waiting(&world).await;
    world.signal("before").await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(ARRIVED).await;
    answered(&world, updating).await;
}

async fn two_updates(world: World) {
    waiting(&world).await;
    let first = update(&world, "a", Stage::Completed);
    tokio::time::sleep(ARRIVED).await;
    let second = update(&world, "b", Stage::Completed);
    tokio::time::sleep(ARRIVED).await;
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "a")
        .respond("a", "out a")
        .reject(&task, "b")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, first).await;
    say_update(&world, second).await;
    world.say_history().await;
}

async fn update_while_task_runs(world: World) {
    world.start().await;
    let task = world.poll().await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(ARRIVED).await;
    world.complete(&task, vec![timer("1", 60_000)]).await;
    answered(&world, updating).await;
}

async fn update_before_first_task(world: World) {
    world.start().await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(ARRIVED).await;
    answered(&world, updating).await;
}
