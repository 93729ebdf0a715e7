//! Commands that the server refuses, and tokens of nonsense.

use std::time::Duration;

use temporalio_common::protos::temporal::api::workflowservice::v1::*;

use super::scenarios;
use super::tasks::fail_task;
use crate::support::*;

scenarios![
    stale_token,
    token_of_nonsense,
    duplicate_timer,
    unknown_timer,
    fired_timer_cancelled,
    duplicate_activity,
    activity_without_timeout,
    unknown_activity_cancelled,
    commands_after_the_end,
    no_command,
    too_large_a_result,
    too_large_an_input,
    too_large_a_result_of_an_activity,
    timer_of_nothing,
];

async fn stale_token(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.complete(&task, vec![timer("1", 60_000)]).await;
    let again = world
        .try_complete(&task, vec![complete("again")], |_| ())
        .await;
    world.say_status("again", &again);
    world.say_status("fail", &fail_task(&world, &task).await);
    world.say_history().await;
}

async fn token_of_nonsense(world: World) {
    let task = PollWorkflowTaskQueueResponse {
        task_token: vec![255, 1, 2, 3],
        ..Default::default()
    };
    world.say_status("complete", &world.try_complete(&task, vec![], |_| ()).await);
    world.say_status("fail", &fail_task(&world, &task).await);
    let none = PollWorkflowTaskQueueResponse::default();
    world.say_status(
        "complete none",
        &world.try_complete(&none, vec![], |_| ()).await,
    );
    let task = PollActivityTaskQueueResponse {
        task_token: vec![255, 1, 2, 3],
        ..Default::default()
    };
    world.say_status("activity", &world.complete_activity(&task, "x").await);
}

async fn duplicate_timer(world: World) {
    refused(world, vec![timer("1", 60_000), timer("1", 60_000)]).await;
}

async fn unknown_timer(world: World) {
    refused(world, vec![cancel_timer("nobody")]).await;
}

async fn duplicate_activity(world: World) {
    refused(world, vec![activity("a", |_| ()), activity("a", |_| ())]).await;
}

async fn activity_without_timeout(world: World) {
    refused(
        world,
        vec![activity("a", |activity| {
            activity.start_to_close_timeout = None
        })],
    )
    .await;
}

async fn unknown_activity_cancelled(world: World) {
    use temporalio_common::protos::temporal::api::command::v1::{
        RequestCancelActivityTaskCommandAttributes, command::Attributes,
    };
    let cancel = RequestCancelActivityTaskCommandAttributes {
        scheduled_event_id: 99,
    };
    refused(
        world,
        vec![Attributes::RequestCancelActivityTaskCommandAttributes(
            cancel,
        )],
    )
    .await;
}

async fn timer_of_nothing(world: World) {
    refused(world, vec![timer("", 1000)]).await;
}

async fn fired_timer_cancelled(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 1000)]).await;
    world.signal("one").await;
    let task = world.poll().await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    world
        .complete(&task, vec![cancel_timer("1"), complete("done")])
        .await;
    world.say_history().await;
}

async fn commands_after_the_end(world: World) {
    world.start().await;
    let task = world.poll().await;
    let done = world
        .try_complete(&task, vec![complete("first"), complete("second")], |_| ())
        .await;
    world.say_status("two ends", &done);
    world.say_history().await;
}

async fn no_command(world: World) {
    world.start().await;
    world.turn(vec![]).await;
    world.say_history().await;
}

async fn too_large_a_result(world: World) {
    too_large(world, complete(&"x".repeat(3 << 20))).await;
}

async fn too_large_an_input(world: World) {
    let large = activity("a", |activity| activity.input = text(&"x".repeat(3 << 20)));
    too_large(world, large).await;
}

async fn too_large_a_result_of_an_activity(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let task = world.poll_activity().await;
    let large = world.complete_activity(&task, &"x".repeat(3 << 20)).await;
    world.say_status("large", &large);
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

/// Commands that the server refuses.
async fn refused(
    world: World,
    commands: Vec<temporalio_common::protos::temporal::api::command::v1::command::Attributes>,
) {
    world.start().await;
    let task = world.poll().await;
    world.say_status(
        "refused",
        &world.try_complete(&task, commands, |_| ()).await,
    );
    let events = world.history().await;
    world.say(format!("{:?}", shape(&events)));
    if let Some(
        temporalio_common::protos::temporal::api::history::v1::history_event::Attributes::WorkflowTaskFailedEventAttributes(failed),
    ) = events.get(3).and_then(|event| event.attributes.clone())
    {
        world.say(format!("{:?}", failed.cause()));
    }
    let task = world.poll().await;
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say(format!("{:?}", shape(&world.history().await)));
}

async fn too_large(
    world: World,
    command: temporalio_common::protos::temporal::api::command::v1::command::Attributes,
) {
    world.start().await;
    let task = world.poll().await;
    world.say_status(
        "large",
        &world.try_complete(&task, vec![command], |_| ()).await,
    );
    world.wait_for_events(5).await;
    world.say_history().await;
}
