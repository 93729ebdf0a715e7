//! Priorities, which activities and children take from their workflow where they name none.

use temporalio_common::protos::temporal::api::{
    command::v1::command::Attributes, common::v1::Priority,
};

use super::scenarios;
use crate::support::*;

scenarios![
    priority_of_activities,
    priority_of_children,
    priority_of_the_next_run
];

fn first() -> Option<Priority> {
    Some(Priority {
        priority_key: 2,
        fairness_key: "tenant".to_owned(),
        fairness_weight: 3.0,
    })
}

fn second() -> Option<Priority> {
    Some(Priority {
        priority_key: 4,
        ..Default::default()
    })
}

async fn priority_of_activities(world: World) {
    world.start_with(|request| request.priority = first()).await;
    let plain = activity("plain", |_| ());
    let own = activity("own", |command| command.priority = second());
    world.turn(vec![plain, own]).await;
    // In which order they come is a matter of the queue.
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let task = world.poll_activity().await;
        tasks.push(format!("{} {:?}", task.activity_id, task.priority));
    }
    tasks.sort();
    world.say(format!("{tasks:?}"));
    let described = world.describe().await;
    let info = described.workflow_execution_info.unwrap();
    world.say(format!("workflow {:?}", info.priority));
    let pending = described.pending_activities.iter();
    let mut pending: Vec<_> = pending
        .map(|pending| format!("{} {:?}", pending.activity_id, pending.priority))
        .collect();
    pending.sort();
    world.say(format!("pending {pending:?}"));
    world.say_history().await;
}

async fn children_of(world: World, child: Attributes) {
    world.turn(vec![child]).await;
    let child = world.of_child();
    child.wait_for_events(2).await;
    child.say_history().await;
    world.say_history().await;
}

async fn priority_of_children(world: World) {
    world.start_with(|request| request.priority = first()).await;
    let own = start_child(&world, |command| command.priority = second());
    children_of(world, own).await;
}

async fn priority_of_the_next_run(world: World) {
    world.start_with(|request| request.priority = first()).await;
    world.turn(vec![continue_as_new()]).await;
    let child = start_child(&world, |_| ());
    children_of(world, child).await;
}
