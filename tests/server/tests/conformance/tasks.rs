//! Workflow tasks: failures, timeouts, sticky queues, stale tokens, queries, paging.

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause, workflowservice::v1::*,
};
use tokio::task::JoinHandle;

use super::{ARRIVED, scenarios};
use crate::support::*;

scenarios![
    task_fails,
    task_fails_twice,
    task_times_out,
    signal_between_attempts,
    unhandled_command,
    unhandled_command_twice,
    sticky,
    sticky_expires,
    sticky_without_worker,
    forced_new_task,
];

pub(super) async fn fail_task(
    world: &World,
    task: &PollWorkflowTaskQueueResponse,
) -> Result<(), Status> {
    let mut request = RespondWorkflowTaskFailedRequest {
        task_token: task.task_token.clone(),
        identity: world.identity.clone(),
        namespace: "default".to_owned(),
        failure: Some(application_failure("panic", "Panic", false)),
        ..Default::default()
    };
    request.set_cause(WorkflowTaskFailedCause::WorkflowWorkerUnhandledFailure);
    let done = world
        .service()
        .respond_workflow_task_failed(Request::new(request))
        .await;
    done.map(|_| ())
}

async fn task_fails(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.say_status("fail", &fail_task(&world, &task).await);
    let task = world.poll().await;
    world.say_task(&task);
    world.say_history().await;
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}

async fn task_fails_twice(world: World) {
    world.start().await;
    for _ in 0..2 {
        let task = world.poll().await;
        world.say_status("fail", &fail_task(&world, &task).await);
    }
    let task = world.poll().await;
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}

async fn task_times_out(world: World) {
    world
        .start_with(|request| request.workflow_task_timeout = millis(1000))
        .await;
    let first = world.poll().await;
    let second = world.poll().await;
    world.say_task(&second);
    let late = world
        .try_complete(&first, vec![complete("late")], |_| ())
        .await;
    world.say_status("late", &late);
    world.complete(&second, vec![complete("done")]).await;
    world.say_history().await;
}

async fn signal_between_attempts(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.say_status("fail", &fail_task(&world, &task).await);
    world.signal("news").await;
    let task = world.poll().await;
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}

async fn unhandled_command(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.signal("news").await;
    let early = world
        .try_complete(&task, vec![complete("early")], |_| ())
        .await;
    world.say_status("early", &early);
    let task = world.poll().await;
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}

async fn unhandled_command_twice(world: World) {
    world.start().await;
    for _ in 0..2 {
        let task = world.poll().await;
        world.say_status("signal", &world.try_signal("news", |_| ()).await);
        let early = world
            .try_complete(&task, vec![marker("gone"), complete("early")], |_| ())
            .await;
        world.say_status("early", &early);
    }
    world.say_history().await;
}

/// A poll of the sticky queue that waits while the scenario goes on.
pub(super) fn sticky_poll(world: &World) -> JoinHandle<PollWorkflowTaskQueueResponse> {
    let world = world.clone();
    tokio::spawn(async move { world.poll_sticky().await })
}

pub(super) async fn settle() {
    tokio::time::sleep(ARRIVED).await;
}

async fn sticky(world: World) {
    world.start().await;
    let task = world.poll().await;
    let waiting = sticky_poll(&world);
    settle().await;
    let wait = world.sticky(5000);
    world
        .try_complete(&task, vec![timer("1", 100)], |request| {
            request.sticky_attributes = wait
        })
        .await
        .unwrap();
    let task = waiting.await.unwrap();
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}

async fn sticky_expires(world: World) {
    world.start().await;
    let task = world.poll().await;
    let waiting = sticky_poll(&world);
    settle().await;
    let wait = world.sticky(1000);
    world
        .try_complete(&task, vec![timer("1", 60_000)], |request| {
            request.sticky_attributes = wait
        })
        .await
        .unwrap();
    world.signal("one").await;
    let task = waiting.await.unwrap();
    let wait = world.sticky(1000);
    world
        .try_complete(&task, vec![], |request| request.sticky_attributes = wait)
        .await
        .unwrap();
    // Nobody polls the sticky queue now, though somebody did a moment ago.
    world.signal("two").await;
    let task = world.poll().await;
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}

async fn sticky_without_worker(world: World) {
    world.start().await;
    let task = world.poll().await;
    let wait = world.sticky(1000);
    world
        .try_complete(&task, vec![], |request| request.sticky_attributes = wait)
        .await
        .unwrap();
    world.signal("one").await;
    let task = world.poll().await;
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}

async fn forced_new_task(world: World) {
    world.start().await;
    let task = world.poll().await;
    let done = world
        .try_complete(&task, vec![], |request| {
            request.force_create_new_workflow_task = true
        })
        .await
        .unwrap();
    world.say(format!("inline {}", done.workflow_task.is_some()));
    let task = world.poll().await;
    let wait = world.sticky(5000);
    let done = world
        .try_complete(&task, vec![marker("half")], |request| {
            request.force_create_new_workflow_task = true;
            request.return_new_workflow_task = true;
            request.sticky_attributes = wait;
        })
        .await
        .unwrap();
    let task = done.workflow_task.unwrap();
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say_history().await;
}
