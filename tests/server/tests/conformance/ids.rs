//! Whose id a workflow may take.

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    common::v1::RetryPolicy,
    enums::v1::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    workflowservice::v1::*,
};

use super::scenarios;
use crate::support::*;

scenarios![
    id_taken,
    id_reused,
    id_reuse_rejected,
    id_reuse_after_failure_only,
    use_existing,
    terminate_existing,
    request_is_deduplicated,
    unknown_workflow,
    start_without_type,
];

async fn id_taken(world: World) {
    world.start().await;
    world.say_status("second", &world.try_start(|_| ()).await);
}

async fn id_reused(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    world.say_status("second", &world.try_start(|_| ()).await);
    world.say_history().await;
}

async fn id_reuse_rejected(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    let policy = WorkflowIdReusePolicy::RejectDuplicate;
    let second = world
        .try_start(|request| request.set_workflow_id_reuse_policy(policy))
        .await;
    world.say_status("second", &second);
}

async fn id_reuse_after_failure_only(world: World) {
    let policy = WorkflowIdReusePolicy::AllowDuplicateFailedOnly;
    world.start().await;
    world.turn(vec![fail("bad", "Bad", true)]).await;
    let second = world
        .try_start(|request| request.set_workflow_id_reuse_policy(policy))
        .await;
    world.say_status("second", &second);
    world.turn(vec![complete("done")]).await;
    let third = world
        .try_start(|request| request.set_workflow_id_reuse_policy(policy))
        .await;
    world.say_status("third", &third);
}

async fn use_existing(world: World) {
    let first = world.start().await;
    let policy = WorkflowIdConflictPolicy::UseExisting;
    let second = world
        .try_start(|request| request.set_workflow_id_conflict_policy(policy))
        .await;
    let second = second.unwrap();
    world.say(format!(
        "same {} started {} {:?}",
        first == second.run_id,
        second.started,
        second.status()
    ));
}

async fn terminate_existing(world: World) {
    let first = world.start().await;
    let policy = WorkflowIdConflictPolicy::TerminateExisting;
    let second = world
        .try_start(|request| request.set_workflow_id_conflict_policy(policy))
        .await;
    let second = second.unwrap();
    world.say(format!(
        "same {} started {}",
        first == second.run_id,
        second.started
    ));
    world.say(format!("ids {first} {}", second.run_id));
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn request_is_deduplicated(world: World) {
    let id = "22222222-2222-4222-8222-222222222222";
    let first = world
        .start_with(|request| request.request_id = id.to_owned())
        .await;
    let second = world
        .try_start(|request| request.request_id = id.to_owned())
        .await
        .unwrap();
    world.say(format!(
        "same {} started {} {:?}",
        first == second.run_id,
        second.started,
        second.status()
    ));
}

async fn unknown_workflow(world: World) {
    world.say_status("signal", &world.try_signal("late", |_| ()).await);
    world.say_status("cancel", &world.try_cancel().await);
    world.say_status("terminate", &world.try_terminate().await);
    let request = DescribeWorkflowExecutionRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
    };
    let described = world
        .service()
        .describe_workflow_execution(Request::new(request))
        .await;
    world.say_status("describe", &described);
    let request = DescribeNamespaceRequest {
        namespace: "nowhere".to_owned(),
        ..Default::default()
    };
    let described = world
        .service()
        .describe_namespace(Request::new(request))
        .await;
    world.say_status("describe namespace", &described);
    let described = world
        .service()
        .describe_namespace(Request::new(DescribeNamespaceRequest::default()))
        .await;
    world.say_status("describe no namespace", &described);
    let started = world
        .try_start(|request| request.namespace = "nowhere".to_owned())
        .await;
    world.say_status("start", &started);
}

async fn start_without_type(world: World) {
    world.say_status(
        "type",
        &world
            .try_start(|request| request.workflow_type = None)
            .await,
    );
    world.say_status(
        "queue",
        &world.try_start(|request| request.task_queue = None).await,
    );
    world.say_status(
        "id",
        &world.try_start(|request| request.workflow_id.clear()).await,
    );
    let long = world
        .try_start(|request| request.workflow_id = "x".repeat(1001))
        .await;
    world.say_status("long id", &long);
    let cron = world
        .try_start(|request| request.cron_schedule = "nonsense".to_owned())
        .await;
    world.say_status("cron", &cron);
    let retry = RetryPolicy {
        backoff_coefficient: 0.5,
        ..Default::default()
    };
    world.say_status(
        "retry",
        &world
            .try_start(|request| request.retry_policy = Some(retry))
            .await,
    );
}
