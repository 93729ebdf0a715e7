//! Updates that end badly, are asked for again, or come with the start.

use std::time::Duration;

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    enums::v1::{UpdateWorkflowExecutionLifecycleStage as Stage, WorkflowIdConflictPolicy},
    update::v1::{UpdateRef, WaitPolicy},
    workflowservice::v1::{
        execute_multi_operation_request::{Operation, operation},
        *,
    },
};
use tokio::task::JoinHandle;

use super::updates::{Answers, answered, say_update, update, update_request, waiting};
use super::{ARRIVED, scenarios};
use crate::support::*;

scenarios![
    update_of_closed,
    update_ignored,
    update_aborted_by_close,
    update_accepted_then_closed,
    update_polled,
    update_poll_unknown,
    update_with_start_new,
    update_with_start_running,
    update_with_start_refused,
    update_unknown_workflow,
    update_without_name,
    update_task_fails,
];

async fn update_of_closed(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    say_update(&world, update(&world, "u", Stage::Completed)).await;
}

async fn update_unknown_workflow(world: World) {
    say_update(&world, update(&world, "u", Stage::Completed)).await;
}

async fn update_without_name(world: World) {
    waiting(&world).await;
    let mut request = update_request(&world, "u", Stage::Completed);
    request
        .request
        .as_mut()
        .unwrap()
        .input
        .as_mut()
        .unwrap()
        .name
        .clear();
    let response = world
        .service()
        .update_workflow_execution(Request::new(request))
        .await;
    world.say_status("update", &response);
}

async fn update_ignored(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    Answers::default()
        .then(marker("busy"))
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_aborted_by_close(world: World) {
    waiting(&world).await;
    world.signal("go").await;
    let task = world.poll().await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(ARRIVED).await;
    world.complete(&task, vec![complete("done")]).await;
    say_update(&world, updating).await;
}

async fn update_accepted_then_closed(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    Answers::default()
        .accept(&task, "u")
        .then(complete("done"))
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_task_fails(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    let request = RespondWorkflowTaskFailedRequest {
        task_token: task.task_token.clone(),
        identity: world.identity.clone(),
        namespace: "default".to_owned(),
        ..Default::default()
    };
    world
        .service()
        .respond_workflow_task_failed(Request::new(request))
        .await
        .unwrap();
    answered(&world, updating).await;
}

async fn update_polled(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Accepted);
    let task = world.poll().await;
    Answers::default()
        .accept(&task, "u")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    let polling = poll(&world, "u");
    tokio::time::sleep(ARRIVED).await;
    world.signal("go").await;
    let task = world.poll().await;
    Answers::default()
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    let polled = polling.await.unwrap().unwrap();
    world.say(format!("{:?} {:?}", polled.stage(), polled.outcome));
}

async fn update_poll_unknown(world: World) {
    waiting(&world).await;
    world.say_status("poll", &poll(&world, "nobody").await.unwrap());
}

async fn update_with_start_new(world: World) {
    let starting = update_with_start(&world, WorkflowIdConflictPolicy::UseExisting);
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_start(&world, starting).await;
    world.say_history().await;
}

async fn update_with_start_running(world: World) {
    waiting(&world).await;
    let starting = update_with_start(&world, WorkflowIdConflictPolicy::UseExisting);
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_start(&world, starting).await;
    world.say_history().await;
}

async fn update_with_start_refused(world: World) {
    waiting(&world).await;
    say_start(
        &world,
        update_with_start(&world, WorkflowIdConflictPolicy::Fail),
    )
    .await;
    say_start(
        &world,
        update_with_start(&world, WorkflowIdConflictPolicy::Unspecified),
    )
    .await;
}

fn poll(
    world: &World,
    id: &str,
) -> JoinHandle<Result<PollWorkflowExecutionUpdateResponse, Status>> {
    let mut request = Request::new(PollWorkflowExecutionUpdateRequest {
        namespace: "default".to_owned(),
        update_ref: Some(UpdateRef {
            workflow_execution: world.execution(),
            update_id: id.to_owned(),
        }),
        wait_policy: Some(WaitPolicy {
            lifecycle_stage: Stage::Completed.into(),
        }),
        ..Default::default()
    });
    request.set_timeout(Duration::from_secs(20));
    let world = world.clone();
    tokio::spawn(async move {
        let response = world
            .service()
            .poll_workflow_execution_update(request)
            .await;
        response.map(|response| response.into_inner())
    })
}

type Starting = JoinHandle<Result<ExecuteMultiOperationResponse, Status>>;

fn update_with_start(world: &World, policy: WorkflowIdConflictPolicy) -> Starting {
    let mut start = world.start_request();
    start.set_workflow_id_conflict_policy(policy);
    let update = update_request(world, "u", Stage::Completed);
    let operation = |operation| Operation {
        operation: Some(operation),
    };
    let mut request = Request::new(ExecuteMultiOperationRequest {
        namespace: "default".to_owned(),
        operations: vec![
            operation(operation::Operation::StartWorkflow(start)),
            operation(operation::Operation::UpdateWorkflow(update)),
        ],
        ..Default::default()
    });
    request.set_timeout(Duration::from_secs(20));
    let world = world.clone();
    tokio::spawn(async move {
        let response = world.service().execute_multi_operation(request).await;
        response.map(|response| response.into_inner())
    })
}

async fn say_start(world: &World, starting: Starting) {
    use execute_multi_operation_response::response::Response;
    let response = starting.await.unwrap();
    world.say_status("update with start", &response);
    for one in response
        .map(|response| response.responses)
        .unwrap_or_default()
    {
        match one.response.unwrap() {
            Response::StartWorkflow(mut started) => {
                // The real server forgets the namespace in it if the workflow was there.
                world.say(format!("linked {}", started.link.take().is_some()));
                world.say(format!("{started:?}"));
            }
            Response::UpdateWorkflow(updated) => {
                world.say(format!("{:?} {:?}", updated.stage(), updated.outcome));
            }
        }
    }
}
