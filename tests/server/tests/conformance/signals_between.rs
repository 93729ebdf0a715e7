//! Signals and requests to cancel between workflows.

use temporalio_common::protos::temporal::api::{
    command::v1::{
        RequestCancelExternalWorkflowExecutionCommandAttributes,
        SignalExternalWorkflowExecutionCommandAttributes, command::Attributes,
    },
    common::v1::WorkflowExecution,
};

use super::external::{cancel_workflow, end, with_child};
use super::scenarios;
use crate::support::*;

scenarios![
    other_signalled,
    other_not_there,
    itself_signalled,
    child_signalled,
    other_cancelled,
    other_cancel_not_there,
    child_cancel_requested,
];

async fn other_signalled(world: World) {
    let other = world.of_child();
    other.start().await;
    world.start().await;
    world.turn(vec![signal_other(&other.name, false)]).await;
    world.finish().await;
    other.turn(vec![complete("done")]).await;
    other.say_history().await;
}

async fn other_not_there(world: World) {
    world.start().await;
    world.turn(vec![signal_other("nobody-at-all", false)]).await;
    world.finish().await;
}

async fn itself_signalled(world: World) {
    world.start().await;
    world.turn(vec![signal_other(&world.name, false)]).await;
    world.finish().await;
}

async fn child_signalled(world: World) {
    with_child(&world, |_| ()).await;
    world.signal("go").await;
    let child = world.of_child();
    world.turn(vec![signal_other(&child.name, true)]).await;
    world.finish().await;
}

async fn other_cancelled(world: World) {
    let other = world.of_child();
    other.start().await;
    world.start().await;
    world.turn(vec![cancel_other(&other.name, false)]).await;
    world.finish().await;
    other.turn(vec![cancel_workflow()]).await;
    other.say_history().await;
}

async fn other_cancel_not_there(world: World) {
    world.start().await;
    world.turn(vec![cancel_other("nobody-at-all", false)]).await;
    world.finish().await;
}

async fn child_cancel_requested(world: World) {
    with_child(&world, |_| ()).await;
    world.signal("go").await;
    let child = world.of_child();
    world.turn(vec![cancel_other(&child.name, true)]).await;
    world.turn(vec![]).await;
    child.turn(vec![cancel_workflow()]).await;
    end(world).await;
}

fn signal_other(workflow_id: &str, child_only: bool) -> Attributes {
    Attributes::SignalExternalWorkflowExecutionCommandAttributes(
        SignalExternalWorkflowExecutionCommandAttributes {
            execution: Some(WorkflowExecution {
                workflow_id: workflow_id.to_owned(),
                ..Default::default()
            }),
            signal_name: "hello".to_owned(),
            input: text("there"),
            child_workflow_only: child_only,
            ..Default::default()
        },
    )
}

fn cancel_other(workflow_id: &str, child_only: bool) -> Attributes {
    Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(
        RequestCancelExternalWorkflowExecutionCommandAttributes {
            workflow_id: workflow_id.to_owned(),
            child_workflow_only: child_only,
            reason: "because".to_owned(),
            ..Default::default()
        },
    )
}
