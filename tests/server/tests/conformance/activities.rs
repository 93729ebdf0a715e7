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
    activity_start_to_close,
    activity_schedule_to_start,
    activity_schedule_to_close,
    activity_heartbeat_timeout,
    activity_heartbeat_details,
    activity_cancelled_waiting,
    activity_cancelled_running,
    activity_cancel_refused,
    activity_cancel_ignored,
    activity_completed_by_id,
    activity_failed_by_id,
    activity_unknown_id,
    activity_late_completion,
    activity_of_closed,
    activities_in_order,
    activity_while_task_runs,
    activity_task_content,
    activity_in_backoff,
    activity_timeouts_filled_in,
];

fn cancel(id: i64) -> Attributes {
    Attributes::RequestCancelActivityTaskCommandAttributes(
        RequestCancelActivityTaskCommandAttributes {
            scheduled_event_id: id,
        },
    )
}

fn policy(attempts: i32) -> Option<RetryPolicy> {
    Some(RetryPolicy {
        initial_interval: millis(1000),
        backoff_coefficient: 1.0,
        maximum_attempts: attempts,
        ..Default::default()
    })
}

async fn activity_completes(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let task = world.poll_activity().await;
    world.say_status("complete", &world.complete_activity(&task, "out").await);
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_task_content(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.heartbeat_timeout = millis(20_000)
        })])
        .await;
    let task = world.poll_activity().await;
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

async fn activity_fails(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let task = world.poll_activity().await;
    let failed = world
        .fail_activity(&task, application_failure("bad", "Bad", true))
        .await;
    world.say_status("fail", &failed);
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_is_retried(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = policy(0)
        })])
        .await;
    let task = world.poll_activity().await;
    let failed = world
        .fail_activity(&task, application_failure("once", "Once", false))
        .await;
    world.say_status("fail", &failed);
    let task = world.poll_activity().await;
    world.say(format!("attempt {}", task.attempt));
    world.say_status("complete", &world.complete_activity(&task, "out").await);
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_start_to_close(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.start_to_close_timeout = millis(1000);
            activity.retry_policy = policy(1);
        })])
        .await;
    let task = world.poll_activity().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_schedule_to_close(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.schedule_to_close_timeout = millis(1500);
            activity.retry_policy = policy(0);
        })])
        .await;
    let task = world.poll_activity().await;
    world
        .fail_activity(&task, application_failure("once", "Once", false))
        .await
        .unwrap();
    let task = world.poll_activity().await;
    world.say(format!("attempt {}", task.attempt));
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn heartbeat(world: &World, task: &PollActivityTaskQueueResponse) -> Result<bool, Status> {
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

async fn activity_heartbeat_timeout(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.heartbeat_timeout = millis(1000);
            activity.retry_policy = policy(1);
        })])
        .await;
    let task = world.poll_activity().await;
    world.say(format!("{:?}", heartbeat(&world, &task).await.unwrap()));
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_heartbeat_details(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.heartbeat_timeout = millis(1000);
            activity.retry_policy = policy(0);
        })])
        .await;
    let task = world.poll_activity().await;
    heartbeat(&world, &task).await.unwrap();
    let task = world.poll_activity().await;
    world.say(format!(
        "attempt {} details {:?}",
        task.attempt, task.heartbeat_details
    ));
    world.complete_activity(&task, "out").await.unwrap();
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_cancelled_waiting(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    world.signal("one").await;
    world.turn(vec![cancel(5)]).await;
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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

async fn activity_cancelled_running(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let task = world.poll_activity().await;
    world.say(format!("{:?}", heartbeat(&world, &task).await.unwrap()));
    world.signal("one").await;
    world.turn(vec![cancel(5)]).await;
    world.say(format!("{:?}", heartbeat(&world, &task).await.unwrap()));
    world.say_status("canceled", &respond_canceled(&world, &task).await);
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_cancel_refused(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let task = world.poll_activity().await;
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
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = policy(0)
        })])
        .await;
    let task = world.poll_activity().await;
    world.signal("one").await;
    world.turn(vec![cancel(5)]).await;
    // A failure after the request to cancel is not tried again.
    world
        .fail_activity(&task, application_failure("bad", "Bad", false))
        .await
        .unwrap();
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn complete_by_id(world: &World, id: &str) -> Result<(), Status> {
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

async fn activity_completed_by_id(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let _task = world.poll_activity().await;
    let request = RecordActivityTaskHeartbeatByIdRequest {
        namespace: "default".to_owned(),
        workflow_id: world.name.clone(),
        activity_id: "a".to_owned(),
        details: text("beat"),
        identity: world.identity.clone(),
        ..Default::default()
    };
    let beat = world
        .service()
        .record_activity_task_heartbeat_by_id(Request::new(request))
        .await;
    world.say_status("beat", &beat);
    world.say_status("complete", &complete_by_id(&world, "a").await);
    world.say_status("complete again", &complete_by_id(&world, "a").await);
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_failed_by_id(world: World) {
    world.start().await;
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = policy(1)
        })])
        .await;
    let _task = world.poll_activity().await;
    let request = RespondActivityTaskFailedByIdRequest {
        namespace: "default".to_owned(),
        workflow_id: world.name.clone(),
        activity_id: "a".to_owned(),
        failure: Some(application_failure("bad", "Bad", false)),
        identity: world.identity.clone(),
        ..Default::default()
    };
    let failed = world
        .service()
        .respond_activity_task_failed_by_id(Request::new(request))
        .await;
    world.say_status("fail", &failed);
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_unknown_id(world: World) {
    world.start().await;
    world.say_status("complete", &complete_by_id(&world, "nobody").await);
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn activity_of_closed(world: World) {
    world.start().await;
    world.turn(vec![activity("a", |_| ())]).await;
    let task = world.poll_activity().await;
    world.signal("one").await;
    world.turn(vec![complete("done")]).await;
    world.say_status("complete", &world.complete_activity(&task, "late").await);
    world.say(format!(
        "{:?}",
        heartbeat(&world, &task)
            .await
            .map_err(|status| status.code())
    ));
    world.say_status("by id", &complete_by_id(&world, "a").await);
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}
