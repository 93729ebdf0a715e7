//! What reaches a workflow before its first task.

use super::scenarios;
use crate::support::*;

scenarios![
    delayed_and_signalled,
    delayed_and_cancelled,
    delayed_and_terminated,
    delayed_with_timeout
];

async fn delayed(world: &World) {
    world
        .start_with(|request| request.workflow_start_delay = millis(2000))
        .await;
}

async fn delayed_and_signalled(world: World) {
    delayed(&world).await;
    world.signal("early").await;
    world.say(format!("{:?}", shape(&world.history().await)));
    world.finish().await;
}

async fn delayed_and_cancelled(world: World) {
    delayed(&world).await;
    world.say_status("cancel", &world.try_cancel().await);
    world.finish().await;
}

async fn delayed_and_terminated(world: World) {
    delayed(&world).await;
    world.say_status("terminate", &world.try_terminate().await);
    world.say_history().await;
}

async fn delayed_with_timeout(world: World) {
    world
        .start_with(|request| {
            request.workflow_start_delay = millis(1000);
            request.workflow_run_timeout = millis(1000);
        })
        .await;
    world.turn(vec![]).await;
    world.wait_for_events(5).await;
    world.say_history().await;
}
