//! Where two things meet.

use std::time::Duration;

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    enums::v1::{ParentClosePolicy, UpdateWorkflowExecutionLifecycleStage as Stage},
    workflowservice::v1::{
        RequestCancelWorkflowExecutionRequest, TerminateWorkflowExecutionRequest,
    },
};

use super::{
    ARRIVED,
    external::with_child,
    scenarios,
    updates::{Answers, answered, say_update, update, waiting},
};
use crate::support::*;

scenarios![
    signal_during_speculative_task,
    speculative_task_times_out,
    child_abandoned_at_once,
    child_dropped_at_once,
    children_of_a_continued_run,
    signal_before_new_beginning,
    activity_and_signal_at_once,
    timer_and_update,
    ended_without_a_reason
];

async fn signal_during_speculative_task(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    world.signal("between").await;
    Answers::default()
        .reject(&task, "u")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.finish().await;
}

async fn speculative_task_times_out(world: World) {
    world
        .start_with(|request| request.workflow_task_timeout = millis(1000))
        .await;
    world.turn(vec![timer("1", 60_000)]).await;
    let updating = update(&world, "u", Stage::Completed);
    let _lost = world.poll().await;
    answered(&world, updating).await;
}

async fn child_abandoned_at_once(world: World) {
    world.start().await;
    let child = start_child(&world, |child| {
        child.set_parent_close_policy(ParentClosePolicy::Abandon);
    });
    world.turn(vec![child, complete("done")]).await;
    world.say_history().await;
    let child = world.of_child();
    tokio::time::sleep(Duration::from_millis(2000)).await;
    let sent = child.try_signal("anybody", |_| ()).await;
    world.say_status("signal to the child", &sent);
}

async fn child_dropped_at_once(world: World) {
    world.start().await;
    world
        .turn(vec![start_child(&world, |_| ()), complete("done")])
        .await;
    tokio::time::sleep(ARRIVED).await;
    world.say_history().await;
    let child = world.of_child();
    let sent = child.try_signal("anybody", |_| ()).await;
    world.say_status("signal to the child", &sent);
}

async fn children_of_a_continued_run(world: World) {
    with_child(&world, |_| ()).await;
    world.signal("go").await;
    world.turn(vec![continue_as_new()]).await;
    let child = world.of_child();
    child.wait_for_events(3).await;
    child.say_history().await;
}

async fn signal_before_new_beginning(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.signal("news").await;
    let early = world
        .try_complete(&task, vec![continue_as_new()], |_| ())
        .await;
    world.say_status("early", &early);
    world.turn(vec![continue_as_new()]).await;
    world.finish().await;
}

async fn activity_and_signal_at_once(world: World) {
    let task = world.start_activity(|_| ()).await;
    world.signal("one").await;
    world.complete_activity(&task, "out").await.unwrap();
    let task = world.turn(vec![complete("done")]).await;
    world.say_task(&task);
    world.say_history().await;
}

async fn timer_and_update(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 1000)]).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    // The timer fires while the worker has the update.
    tokio::time::sleep(Duration::from_millis(2000)).await;
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.finish().await;
}

async fn ended_without_a_reason(world: World) {
    world.start().await;
    let mut service = world.service();
    let request = RequestCancelWorkflowExecutionRequest {
        namespace: "default".to_owned(),
        workflow_execution: world.execution(),
        ..Default::default()
    };
    let asked = service.request_cancel_workflow_execution(Request::new(request));
    world.say_status("cancel", &asked.await);
    let request = TerminateWorkflowExecutionRequest {
        namespace: "default".to_owned(),
        workflow_execution: world.execution(),
        ..Default::default()
    };
    let ended = service.terminate_workflow_execution(Request::new(request));
    world.say_status("terminate", &ended.await);
    world.say_history().await;
}
