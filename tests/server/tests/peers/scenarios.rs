//! What time brings, in hours.

use temporalio_common::protos::temporal::api::{
    command::v1::{StartChildWorkflowExecutionCommandAttributes, command::Attributes},
    common::v1::{RetryPolicy, WorkflowType},
    taskqueue::v1::TaskQueue,
};

use crate::support::*;

const HOUR: u64 = 3_600_000;

fn hours(attempts: i32) -> Option<RetryPolicy> {
    Some(RetryPolicy {
        initial_interval: millis(HOUR),
        backoff_coefficient: 1.0,
        maximum_attempts: attempts,
        ..Default::default()
    })
}

pub(super) async fn say(world: &World) {
    let events = world.history().await;
    world.say(format!("{:?}", shape(&events)));
    let at = |n: usize| events[n].event_time.as_ref().unwrap().seconds;
    // Skipped time, to the hour.
    world.say(format!("hours {}", (at(events.len() - 1) - at(0)) / 3600));
}

pub(super) async fn timers(world: World) {
    world.start().await;
    world
        .turn(vec![
            timer("c", 3 * HOUR),
            timer("a", HOUR),
            timer("b", 2 * HOUR),
        ])
        .await;
    for commands in [vec![], vec![], vec![complete("done")]] {
        let task = world.turn(commands).await;
        world.say(format!(
            "{:?}",
            task.history
                .unwrap()
                .events
                .last()
                .map(|event| event.event_id)
        ));
    }
    say(&world).await;
}

pub(super) async fn cancelled_timer(world: World) {
    world.start().await;
    world
        .turn(vec![timer("a", HOUR), timer("b", 2 * HOUR)])
        .await;
    world.turn(vec![cancel_timer("b"), timer("c", HOUR)]).await;
    world.turn(vec![complete("done")]).await;
    say(&world).await;
}

pub(super) async fn retries(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = hours(0)
        })])
        .await;
    for _ in 0..2 {
        let task = world.poll_activity().await;
        world
            .fail_activity(&task, application_failure("not yet", "NotYet", false))
            .await
            .unwrap();
    }
    let task = world.poll_activity().await;
    world.say(format!("attempt {}", task.attempt));
    world.complete_activity(&task, "out").await.unwrap();
    world.turn(vec![complete("done")]).await;
    say(&world).await;
}

pub(super) async fn start_to_close(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.start_to_close_timeout = millis(1000);
            activity.retry_policy = hours(1);
        })])
        .await;
    // A worker has it: the second passes in real time on both.
    let _task = world.poll_activity().await;
    world.turn(vec![complete("done")]).await;
    say(&world).await;
}

pub(super) async fn run_timeout(world: World) {
    world
        .start_with(|request| request.workflow_run_timeout = millis(HOUR))
        .await;
    world.turn(vec![timer("a", 2 * HOUR)]).await;
    world.wait_for_events(6).await;
    say(&world).await;
}

pub(super) async fn child(world: World) {
    let queue = format!("{}-child", world.name);
    world.start().await;
    world
        .turn(vec![
            Attributes::StartChildWorkflowExecutionCommandAttributes(
                StartChildWorkflowExecutionCommandAttributes {
                    workflow_id: queue.clone(),
                    workflow_type: Some(WorkflowType {
                        name: "child".to_owned(),
                    }),
                    task_queue: Some(TaskQueue {
                        name: queue.clone(),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
            ),
            timer("a", 2 * HOUR),
        ])
        .await;
    world.turn(vec![]).await;
    let mut child = world.clone();
    child.name = queue;
    child.turn(vec![timer("a", HOUR)]).await;
    child.turn(vec![complete("child done")]).await;
    // The child ends an hour before the timer.
    world.turn(vec![]).await;
    world.turn(vec![complete("done")]).await;
    say(&world).await;
    say(&child).await;
}

pub(super) async fn delay(world: World) {
    world
        .start_with(|request| request.workflow_start_delay = millis(HOUR))
        .await;
    world.turn(vec![complete("done")]).await;
    say(&world).await;
}

pub(super) async fn workflow_retry(world: World) {
    let first = world
        .start_with(|request| request.retry_policy = hours(2))
        .await;
    world.turn(vec![fail("once", "Once", false)]).await;
    world.turn(vec![complete("done")]).await;
    world.say(format!(
        "{:?}",
        shape(&world.history_of(&world.name, &first).await)
    ));
    say(&world).await;
}
