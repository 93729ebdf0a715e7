//! Children, and signals and requests to cancel between workflows.

use temporalio_common::protos::temporal::api::{
    command::v1::{
        CancelWorkflowExecutionCommandAttributes, StartChildWorkflowExecutionCommandAttributes,
        command::Attributes,
    },
    common::v1::RetryPolicy,
    enums::v1::{ParentClosePolicy, WorkflowIdReusePolicy},
};

use super::{ARRIVED, scenarios};
use crate::support::*;

scenarios![
    child_completes,
    child_fails,
    child_cancelled,
    child_terminated,
    child_times_out,
    child_id_taken,
    child_takes_a_running_id,
    child_is_retried,
    child_continues_as_new,
    parent_closes_terminate,
    parent_closes_cancel,
    parent_closes_abandon,
    parent_terminated,
    child_without_id,
    child_described,
    child_started_while_task_runs,
];

pub(super) fn cancel_workflow() -> Attributes {
    let details = CancelWorkflowExecutionCommandAttributes {
        details: text("why"),
    };
    Attributes::CancelWorkflowExecutionCommandAttributes(details)
}

pub(super) async fn with_child(
    world: &World,
    change: impl FnOnce(&mut StartChildWorkflowExecutionCommandAttributes),
) {
    world.start().await;
    world.turn(vec![start_child(world, change)]).await;
    // The start of the child is told at once, before its end.
    world.turn(vec![]).await;
}

pub(super) async fn end(world: World) {
    world.turn(vec![complete("parent done")]).await;
    world.say_history().await;
    world.of_child().say_history().await;
}

async fn child_completes(world: World) {
    with_child(&world, |_| ()).await;
    world.of_child().turn(vec![complete("child done")]).await;
    end(world).await;
}

async fn child_fails(world: World) {
    with_child(&world, |_| ()).await;
    world.of_child().turn(vec![fail("bad", "Bad", true)]).await;
    end(world).await;
}

async fn child_cancelled(world: World) {
    with_child(&world, |_| ()).await;
    world
        .of_child()
        .say_status("cancel", &world.of_child().try_cancel().await);
    world.of_child().turn(vec![cancel_workflow()]).await;
    end(world).await;
}

async fn child_terminated(world: World) {
    with_child(&world, |_| ()).await;
    world.say_status("terminate", &world.of_child().try_terminate().await);
    end(world).await;
}

async fn child_times_out(world: World) {
    with_child(&world, |child| child.workflow_run_timeout = millis(1000)).await;
    end(world).await;
}

async fn child_id_taken(world: World) {
    let other = world.of_child();
    other.start().await;
    world.start().await;
    world.turn(vec![start_child(&world, |_| ())]).await;
    world.finish().await;
}

async fn child_takes_a_running_id(world: World) {
    let other = world.of_child();
    let first = other.try_start(|_| ()).await.unwrap().run_id;
    #[expect(deprecated, reason = "commands have no other policy")]
    let terminate = WorkflowIdReusePolicy::TerminateIfRunning;
    with_child(&world, |child| {
        child.set_workflow_id_reuse_policy(terminate)
    })
    .await;
    let ended = other.describe_id(&other.name, &first).await;
    let ended = ended.workflow_execution_info.unwrap().status();
    world.say(format!("the first is {ended:?}"));
    other.turn(vec![complete("child done")]).await;
    end(world).await;
}

async fn child_is_retried(world: World) {
    with_child(&world, |child| {
        child.retry_policy = Some(RetryPolicy {
            initial_interval: millis(1000),
            maximum_attempts: 2,
            ..Default::default()
        });
    })
    .await;
    world
        .of_child()
        .turn(vec![fail("once", "Once", false)])
        .await;
    world.of_child().turn(vec![complete("child done")]).await;
    end(world).await;
}

async fn child_continues_as_new(world: World) {
    with_child(&world, |_| ()).await;
    world.of_child().turn(vec![continue_as_new()]).await;
    world.of_child().turn(vec![complete("child done")]).await;
    end(world).await;
}

async fn close_parent(world: World, policy: ParentClosePolicy) {
    with_child(&world, |child| child.set_parent_close_policy(policy)).await;
    world.signal("go").await;
    world.turn(vec![complete("parent done")]).await;
    world.say_history().await;
    let child = world.of_child();
    match policy {
        ParentClosePolicy::Terminate => child.wait_for_events(3).await,
        ParentClosePolicy::RequestCancel => {
            child.wait_for_events(3).await;
            child.turn(vec![cancel_workflow()]).await;
        }
        _ => {
            child.turn(vec![complete("child done")]).await;
        }
    }
    child.say_history().await;
}

async fn parent_closes_terminate(world: World) {
    close_parent(world, ParentClosePolicy::Terminate).await;
}

async fn parent_closes_cancel(world: World) {
    close_parent(world, ParentClosePolicy::RequestCancel).await;
}

async fn parent_closes_abandon(world: World) {
    close_parent(world, ParentClosePolicy::Abandon).await;
}

async fn parent_terminated(world: World) {
    with_child(&world, |_| ()).await;
    world.say_status("terminate", &world.try_terminate().await);
    let child = world.of_child();
    child.wait_for_events(3).await;
    child.say_history().await;
}

async fn child_without_id(world: World) {
    world.start().await;
    let task = world.poll().await;
    let done = world
        .try_complete(
            &task,
            vec![start_child(&world, |child| child.workflow_id.clear())],
            |_| (),
        )
        .await;
    world.say_status("start", &done);
    world.say(format!("{:?}", shape(&world.history().await)));
}

async fn child_described(world: World) {
    with_child(&world, |_| ()).await;
    let described = world.describe().await;
    let pending = &described.pending_children[0];
    world.say(format!(
        "{} {} {} {:?}",
        pending.workflow_id,
        pending.workflow_type_name,
        pending.initiated_id,
        pending.parent_close_policy()
    ));
    let info = world
        .of_child()
        .describe()
        .await
        .workflow_execution_info
        .unwrap();
    world.say(format!(
        "{:?} {:?}",
        info.parent_execution.map(|parent| parent.workflow_id),
        info.root_execution.map(|root| root.workflow_id),
    ));
}

async fn child_started_while_task_runs(world: World) {
    world.start().await;
    let task = world.poll().await;
    world
        .try_complete(&task, vec![start_child(&world, |_| ())], |request| {
            request.force_create_new_workflow_task = true;
        })
        .await
        .unwrap();
    let task = world.poll().await;
    world.of_child().turn(vec![complete("child done")]).await;
    tokio::time::sleep(ARRIVED).await;
    world.complete(&task, vec![]).await;
    world.turn(vec![complete("done")]).await;
    world.say(format!(
        "{:?}",
        world.history().await.last().map(|event| event.event_type())
    ));
}
