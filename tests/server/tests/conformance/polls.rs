//! Polls that find nothing, and calls whose time runs out.

use std::time::{Duration, Instant};

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::workflowservice::v1::*;

use super::scenarios;
use crate::support::*;

scenarios![
    poll_without_a_task,
    poll_of_activities_without_a_task,
    poll_of_nexus_is_held,
    history_that_does_not_go_on,
    query_that_nobody_answers,
];

const PATIENCE: Duration = Duration::from_secs(4);

fn impatient<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}

/// Says what the call came to, and whether it was held for most of its time.
async fn say_held<T>(world: &World, call: impl Future<Output = Result<T, Status>>) -> Option<T> {
    let began = Instant::now();
    let called = call.await;
    world.say_status("held", &called);
    let held = began.elapsed();
    world.say(format!(
        "long enough {} in time {}",
        held > PATIENCE / 2,
        held < PATIENCE * 2
    ));
    called.ok()
}

async fn poll_without_a_task(world: World) {
    let request = PollWorkflowTaskQueueRequest {
        namespace: "default".to_owned(),
        task_queue: world.queue(),
        ..Default::default()
    };
    let mut service = world.service();
    let polled = say_held(&world, service.poll_workflow_task_queue(impatient(request))).await;
    world.say(format!(
        "token {:?}",
        polled.map(|polled| polled.into_inner().task_token)
    ));
}

async fn poll_of_activities_without_a_task(world: World) {
    let request = PollActivityTaskQueueRequest {
        namespace: "default".to_owned(),
        task_queue: world.queue(),
        ..Default::default()
    };
    let mut service = world.service();
    let polled = say_held(&world, service.poll_activity_task_queue(impatient(request))).await;
    world.say(format!(
        "token {:?}",
        polled.map(|polled| polled.into_inner().task_token)
    ));
}

async fn poll_of_nexus_is_held(world: World) {
    let request = PollNexusTaskQueueRequest {
        namespace: "default".to_owned(),
        task_queue: world.queue(),
        ..Default::default()
    };
    let mut service = world.service();
    let polled = say_held(&world, service.poll_nexus_task_queue(impatient(request))).await;
    world.say(format!(
        "token {:?}",
        polled.map(|polled| polled.into_inner().task_token)
    ));
}

async fn history_that_does_not_go_on(world: World) {
    world.start().await;
    let mut request = GetWorkflowExecutionHistoryRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
        wait_new_event: true,
        ..Default::default()
    };
    let mut service = world.service();
    let first = service
        .get_workflow_execution_history(Request::new(request.clone()))
        .await
        .unwrap()
        .into_inner();
    request.next_page_token = first.next_page_token;
    let read = service.get_workflow_execution_history(impatient(request));
    let read = say_held(&world, read).await;
    let page = read.map(|page| page.into_inner()).unwrap_or_default();
    world.say(format!(
        "events {} more {}",
        page.history.unwrap_or_default().events.len(),
        !page.next_page_token.is_empty()
    ));
}

async fn query_that_nobody_answers(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 60_000)]).await;
    let request = QueryWorkflowRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
        query: Some(
            temporalio_common::protos::temporal::api::query::v1::WorkflowQuery {
                query_type: "anybody".to_owned(),
                ..Default::default()
            },
        ),
        ..Default::default()
    };
    let mut service = world.service();
    say_held(&world, service.query_workflow(impatient(request))).await;
}
