//! Activities' timeouts, heartbeats and cancellation.

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::workflowservice::v1::*;

use super::activities::{cancel, policy};
use super::scenarios;
use crate::support::*;

scenarios![
    activity_start_to_close,
    activity_schedule_to_start,
    activity_schedule_to_close,
    activity_heartbeat_timeout,
    activity_heartbeat_details,
    activity_cancelled_waiting,
    activity_cancelled_running,
    activity_cancel_refused,
    activity_cancel_ignored,
    activity_late_completion,
    activity_timeouts_filled_in,
];

async fn activity_timeouts_filled_in(world: World) {
    world
        .start_with(|request| request.workflow_run_timeout = millis(50_000))
        .await;
    world
        .turn(vec![
            activity("a", |_| ()),
            activity("b", |activity| {
                activity.start_to_close_timeout = None;
                activity.schedule_to_close_timeout = millis(5000);
            }),
            activity("c", |activity| {
                activity.schedule_to_start_timeout = millis(3000)
            }),
            activity("d", |activity| {
                activity.schedule_to_close_timeout = millis(3000);
                activity.heartbeat_timeout = millis(4000);
                activity.retry_policy = policy(2);
            }),
        ])
        .await;
    world.say_history().await;
}

async fn activity_start_to_close(world: World) {
    let task = world
        .start_activity(|activity| {
            activity.start_to_close_timeout = millis(1000);
            activity.retry_policy = policy(1);
        })
        .await;
    world.turn(vec![complete("done")]).await;
    world.say_status("late", &world.complete_activity(&task, "late").await);
    world.say_history().await;
}

async fn activity_schedule_to_start(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.schedule_to_start_timeout = millis(1000)
        })])
        .await;
    world.finish().await;
}

async fn activity_schedule_to_close(world: World) {
    let task = world
        .start_activity(|activity| {
            activity.schedule_to_close_timeout = millis(1500);
            activity.retry_policy = policy(0);
        })
        .await;
    world
        .fail_activity(&task, application_failure("once", "Once", false))
        .await
        .unwrap();
    let task = world.poll_activity().await;
    world.say(format!("attempt {}", task.attempt));
    world.finish().await;
}

async fn activity_heartbeat_timeout(world: World) {
    let task = world
        .start_activity(|activity| {
            activity.heartbeat_timeout = millis(1000);
            activity.retry_policy = policy(1);
        })
        .await;
    world.say(format!("{:?}", heartbeat(&world, &task).await.unwrap()));
    world.finish().await;
}

async fn activity_heartbeat_details(world: World) {
    let task = world
        .start_activity(|activity| {
            activity.heartbeat_timeout = millis(1000);
            activity.retry_policy = policy(0);
        })
        .await;
    heartbeat(&world, &task).await.unwrap();
    let task = world.poll_activity().await;
    world.say(format!(
        "attempt {} details {:?}",
        task.attempt, task.heartbeat_details
    ));
    world.complete_activity(&task, "out").await.unwrap();
    world.finish().await;
}

async fn activity_cancelled_waiting(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    world.signal("one").await;
    world.turn(vec![cancel(5)]).await;
    world.finish().await;
}

async fn activity_cancelled_running(world: World) {
    let task = world.start_activity(|_| ()).await;
    world.say(format!("{:?}", heartbeat(&world, &task).await.unwrap()));
    world.signal("one").await;
    world.turn(vec![cancel(5)]).await;
    world.say(format!("{:?}", heartbeat(&world, &task).await.unwrap()));
    world.say_status("canceled", &respond_canceled(&world, &task).await);
    world.finish().await;
}

async fn activity_cancel_refused(world: World) {
    let task = world.start_activity(|_| ()).await;
    world.say_status("canceled", &respond_canceled(&world, &task).await);
    world.say_status("complete", &world.complete_activity(&task, "out").await);
    world.say_status(
        "complete again",
        &world.complete_activity(&task, "out").await,
    );
    world.say(format!(
        "{:?}",
        heartbeat(&world, &task)
            .await
            .map_err(|status| status.code())
    ));
}

async fn activity_cancel_ignored(world: World) {
    let task = world
        .start_activity(|activity| activity.retry_policy = policy(0))
        .await;
    world.signal("one").await;
    world.turn(vec![cancel(5)]).await;
    // A failure after the request to cancel is not retried.
    world
        .fail_activity(&task, application_failure("bad", "Bad", false))
        .await
        .unwrap();
    world.finish().await;
}

async fn activity_late_completion(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.start_to_close_timeout = millis(1000);
            activity.retry_policy = policy(0);
        })])
        .await;
    let first = world.poll_activity().await;
    let second = world.poll_activity().await;
    world.say(format!("attempt {}", second.attempt));
    world.say_status("late", &world.complete_activity(&first, "late").await);
    world.say_status("complete", &world.complete_activity(&second, "out").await);
    world.finish().await;
}

pub(super) async fn heartbeat(
    world: &World,
    task: &PollActivityTaskQueueResponse,
) -> Result<bool, Status> {
    let request = RecordActivityTaskHeartbeatRequest {
        task_token: task.task_token.clone(),
        details: text("beat"),
        identity: world.identity.clone(),
        namespace: "default".to_owned(),
        ..Default::default()
    };
    let done = world
        .service()
        .record_activity_task_heartbeat(Request::new(request))
        .await;
    done.map(|response| response.into_inner().cancel_requested)
}

async fn respond_canceled(
    world: &World,
    task: &PollActivityTaskQueueResponse,
) -> Result<(), Status> {
    let request = RespondActivityTaskCanceledRequest {
        task_token: task.task_token.clone(),
        details: text("stopped"),
        identity: world.identity.clone(),
        namespace: "default".to_owned(),
        ..Default::default()
    };
    let done = world
        .service()
        .respond_activity_task_canceled(Request::new(request))
        .await;
    done.map(|_| ())
}
