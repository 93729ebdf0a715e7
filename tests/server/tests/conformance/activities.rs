//! Activities: retries, the four timeouts, heartbeats, cancellation, completion by id.

use std::time::Duration;

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    command::v1::{RequestCancelActivityTaskCommandAttributes, command::Attributes},
    common::v1::RetryPolicy,
    workflowservice::v1::*,
};

use super::scenarios;
use crate::support::*;

scenarios![
    activity_completes,
    activity_fails,
    activity_is_retried,
    activity_attempts_run_out,
    activity_excluded_type,
    activity_next_retry_delay,
    activities_in_order,
    activity_while_task_runs,
    activity_task_content,
    activity_in_backoff,
];

pub(super) fn cancel(id: i64) -> Attributes {
    Attributes::RequestCancelActivityTaskCommandAttributes(
        RequestCancelActivityTaskCommandAttributes {
            scheduled_event_id: id,
        },
    )
}

pub(super) fn policy(attempts: i32) -> Option<RetryPolicy> {
    Some(RetryPolicy {
        initial_interval: millis(1000),
        backoff_coefficient: 1.0,
        maximum_attempts: attempts,
        ..Default::default()
    })
}

async fn activity_completes(world: World) {
    let task = world.start_activity(|_| ()).await;
    world.say_status("complete", &world.complete_activity(&task, "out").await);
    world.finish().await;
}

async fn activity_task_content(world: World) {
    let task = world
        .start_activity(|activity| activity.heartbeat_timeout = millis(20_000))
        .await;
    world.say(format!(
        "{} {:?} {:?} {:?} {} {:?} {:?} {:?} {:?} {:?} {}",
        task.activity_id,
        task.activity_type,
        task.workflow_type,
        task.input,
        task.attempt,
        task.schedule_to_close_timeout,
        task.start_to_close_timeout,
        task.heartbeat_timeout,
        task.retry_policy,
        task.heartbeat_details,
        task.workflow_namespace,
    ));
}

async fn activity_fails(world: World) {
    let task = world.start_activity(|_| ()).await;
    let failed = world
        .fail_activity(&task, application_failure("bad", "Bad", true))
        .await;
    world.say_status("fail", &failed);
    world.finish().await;
}

async fn activity_is_retried(world: World) {
    let task = world
        .start_activity(|activity| activity.retry_policy = policy(0))
        .await;
    let failed = world
        .fail_activity(&task, application_failure("once", "Once", false))
        .await;
    world.say_status("fail", &failed);
    let task = world.poll_activity().await;
    world.say(format!("attempt {}", task.attempt));
    world.say_status("complete", &world.complete_activity(&task, "out").await);
    world.finish().await;
}

async fn activity_in_backoff(world: World) {
    world.start().await;
    let long = RetryPolicy {
        initial_interval: millis(60_000),
        ..Default::default()
    };
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = Some(long)
        })])
        .await;
    let task = world.poll_activity().await;
    world
        .fail_activity(&task, application_failure("once", "Once", false))
        .await
        .unwrap();
    let described = world.describe().await;
    let pending = &described.pending_activities[0];
    world.say(format!(
        "{:?} {} {:?} {}",
        pending.state(),
        pending.attempt,
        pending.last_failure,
        pending.last_worker_identity,
    ));
    world.signal("one").await;
    world.turn(vec![cancel(5)]).await;
    world.finish().await;
}

async fn activity_attempts_run_out(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = policy(2)
        })])
        .await;
    for _ in 0..2 {
        let task = world.poll_activity().await;
        world
            .fail_activity(&task, application_failure("bad", "Bad", false))
            .await
            .unwrap();
    }
    world.finish().await;
}

async fn activity_excluded_type(world: World) {
    world.start().await;
    let mut policy = policy(0).unwrap();
    policy.non_retryable_error_types.push("Fatal".to_owned());
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = Some(policy)
        })])
        .await;
    let task = world.poll_activity().await;
    world
        .fail_activity(&task, application_failure("bad", "Fatal", false))
        .await
        .unwrap();
    world.finish().await;
}

async fn activity_next_retry_delay(world: World) {
    use temporalio_common::protos::temporal::api::failure::v1::failure::FailureInfo;
    world.start().await;
    let long = RetryPolicy {
        initial_interval: millis(60_000),
        ..Default::default()
    };
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = Some(long)
        })])
        .await;
    let task = world.poll_activity().await;
    let mut failure = application_failure("soon", "Soon", false);
    if let Some(FailureInfo::ApplicationFailureInfo(info)) = &mut failure.failure_info {
        info.next_retry_delay = millis(1000);
    }
    world.fail_activity(&task, failure).await.unwrap();
    let task = world.poll_activity().await;
    world.say(format!("attempt {}", task.attempt));
    world.complete_activity(&task, "out").await.unwrap();
    world.finish().await;
}

pub(super) async fn complete_by_id(world: &World, id: &str) -> Result<(), Status> {
    let request = RespondActivityTaskCompletedByIdRequest {
        namespace: "default".to_owned(),
        workflow_id: world.name.clone(),
        activity_id: id.to_owned(),
        result: text("by id"),
        identity: world.identity.clone(),
        ..Default::default()
    };
    let done = world
        .service()
        .respond_activity_task_completed_by_id(Request::new(request))
        .await;
    done.map(|_| ())
}

async fn activities_in_order(world: World) {
    world.start().await;
    world
        .turn(vec![
            activity("a", |_| ()),
            activity("b", |_| ()),
            activity("c", |_| ()),
        ])
        .await;
    for _ in 0..3 {
        let task = world.poll_activity().await;
        world
            .complete_activity(&task, &task.activity_id)
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.turn(vec![complete("done")]).await;
    world.say(format!("{:?}", shape(&world.history().await)));
}

async fn activity_while_task_runs(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let running = world.poll_activity().await;
    world.signal("one").await;
    let task = world.poll().await;
    world.complete_activity(&running, "out").await.unwrap();
    world.signal("two").await;
    world.complete(&task, vec![]).await;
    world.finish().await;
}
