//! Activities that are told of by their ids.

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::workflowservice::v1::*;

use super::activities::{complete_by_id, policy};
use super::{activity_timeouts::heartbeat, scenarios};
use crate::support::*;

scenarios![
    activity_completed_by_id,
    activity_failed_by_id,
    activity_unknown_id,
    activity_of_closed,
];

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
    world.finish().await;
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
    world.finish().await;
}

async fn activity_unknown_id(world: World) {
    world.start().await;
    world.say_status("complete", &complete_by_id(&world, "nobody").await);
}

async fn activity_of_closed(world: World) {
    let task = world.start_activity(|_| ()).await;
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
