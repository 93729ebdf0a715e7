//! Runs that follow others, and the time that they may take.

use temporalio_common::protos::temporal::api::{
    command::v1::{ContinueAsNewWorkflowExecutionCommandAttributes, command::Attributes},
    common::v1::RetryPolicy,
    sdk::v1::UserMetadata,
};

use super::scenarios;
use crate::support::*;

scenarios![
    start_delayed,
    run_times_out,
    run_times_out_with_task,
    retried,
    retried_until_attempts,
    not_retried,
    continued_as_new,
    cron_goes_on,
];

async fn start_delayed(world: World) {
    world
        .start_with(|request| request.workflow_start_delay = millis(1000))
        .await;
    world.finish().await;
}

async fn run_times_out(world: World) {
    world
        .start_with(|request| request.workflow_run_timeout = millis(1000))
        .await;
    world.turn(vec![]).await;
    world.wait_for_events(5).await;
    world.say_history().await;
}

async fn run_times_out_with_task(world: World) {
    world
        .start_with(|request| request.workflow_execution_timeout = millis(1000))
        .await;
    let _task = world.poll().await;
    world.wait_for_events(5).await;
    world.say_history().await;
}

async fn retried(world: World) {
    let first = world
        .start_with(|request| {
            request.retry_policy = quick(3);
            request.user_metadata = summary();
        })
        .await;
    world.turn(vec![fail("once", "Once", false)]).await;
    world.turn(vec![complete("done")]).await;
    world.say(&first);
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn retried_until_attempts(world: World) {
    let first = world
        .start_with(|request| request.retry_policy = quick(2))
        .await;
    world.turn(vec![fail("once", "Once", false)]).await;
    world.turn(vec![fail("twice", "Twice", false)]).await;
    world.say(&first);
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn not_retried(world: World) {
    world
        .start_with(|request| request.retry_policy = quick(3))
        .await;
    world.turn(vec![fail("never", "Never", true)]).await;
    world.say_history().await;
}

async fn continued_as_new(world: World) {
    let first = world
        .start_with(|request| request.user_metadata = summary())
        .await;
    let again = ContinueAsNewWorkflowExecutionCommandAttributes {
        input: text("next"),
        ..Default::default()
    };
    world
        .turn(vec![
            Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(again),
        ])
        .await;
    world.turn(vec![complete("done")]).await;
    world.say(&first);
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn cron_goes_on(world: World) {
    world
        .start_with(|request| request.cron_schedule = "@every 1s".to_owned())
        .await;
    world.turn(vec![complete("first")]).await;
    world.turn(vec![complete("second")]).await;
    let task = world.poll().await;
    world.say_task(&task);
    world.say_status("terminate", &world.try_terminate().await);
}

/// A run's own: those that follow it have none.
fn summary() -> Option<UserMetadata> {
    Some(UserMetadata {
        summary: text("of the first").and_then(|text| text.payloads.into_iter().next()),
        details: None,
    })
}

fn quick(attempts: i32) -> Option<RetryPolicy> {
    Some(RetryPolicy {
        initial_interval: millis(1000),
        maximum_attempts: attempts,
        backoff_coefficient: 1.0,
        ..Default::default()
    })
}
