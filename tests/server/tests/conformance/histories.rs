//! Reading histories.

use std::time::Duration;

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    enums::v1::HistoryEventFilterType, workflowservice::v1::*,
};
use tokio::task::JoinHandle;

use super::scenarios;
use super::tasks::settle;
use crate::support::*;

scenarios![
    history_is_paged,
    history_backwards,
    close_event_awaited,
    new_event_awaited,
];

async fn history_is_paged(world: World) {
    world.start().await;
    world
        .turn(
            (0..7)
                .map(|n| marker(&n.to_string()))
                .chain([complete("done")])
                .collect(),
        )
        .await;
    let mut request = history_request(&world);
    request.maximum_page_size = 100;
    let mut events = Vec::new();
    loop {
        let page = world
            .service()
            .get_workflow_execution_history(Request::new(request.clone()))
            .await;
        let page = page.unwrap().into_inner();
        events.extend(page.history.unwrap().events);
        request.next_page_token = page.next_page_token;
        if request.next_page_token.is_empty() {
            break;
        }
    }
    world.say(format!("{:?}", shape(&events)));
    request.next_page_token = b"nonsense".to_vec();
    let page = world
        .service()
        .get_workflow_execution_history(Request::new(request))
        .await;
    world.say_status("nonsense", &page);
}

async fn history_backwards(world: World) {
    world.start().await;
    world.turn(vec![marker("1"), complete("done")]).await;
    let request = GetWorkflowExecutionHistoryReverseRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
        maximum_page_size: 100,
        ..Default::default()
    };
    let page = world
        .service()
        .get_workflow_execution_history_reverse(Request::new(request))
        .await;
    world.say(format!(
        "{:?}",
        shape(&page.unwrap().into_inner().history.unwrap().events)
    ));
}

async fn close_event_awaited(world: World) {
    world.start().await;
    let waiting = awaited(&world, true).await;
    settle().await;
    world.turn(vec![complete("done")]).await;
    let page = waiting.await.unwrap();
    world.say(format!("{:?}", shape(&page.history.unwrap().events)));
    let page = awaited(&world, true).await.await.unwrap();
    world.say(format!(
        "{:?} {}",
        shape(&page.history.unwrap().events),
        page.next_page_token.len()
    ));
}

async fn new_event_awaited(world: World) {
    world.start().await;
    let page = awaited(&world, false).await.await.unwrap();
    world.say(format!("{:?}", shape(&page.history.unwrap().events)));
    let mut request = history_request(&world);
    request.wait_new_event = true;
    request.next_page_token = page.next_page_token;
    let waiting = {
        let world = world.clone();
        tokio::spawn(async move {
            world
                .service()
                .get_workflow_execution_history(Request::new(request))
                .await
        })
    };
    settle().await;
    world.signal("one").await;
    let page = waiting.await.unwrap().unwrap().into_inner();
    world.say(format!("{:?}", shape(&page.history.unwrap().events)));
}

fn history_request(world: &World) -> GetWorkflowExecutionHistoryRequest {
    GetWorkflowExecutionHistoryRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
        ..Default::default()
    }
}

async fn awaited(world: &World, close: bool) -> JoinHandle<GetWorkflowExecutionHistoryResponse> {
    let mut request = history_request(world);
    request.wait_new_event = true;
    if close {
        request.set_history_event_filter_type(HistoryEventFilterType::CloseEvent);
    }
    let world = world.clone();
    tokio::spawn(async move {
        let mut request = Request::new(request);
        request.set_timeout(Duration::from_secs(20));
        world
            .service()
            .get_workflow_execution_history(request)
            .await
            .unwrap()
            .into_inner()
    })
}
