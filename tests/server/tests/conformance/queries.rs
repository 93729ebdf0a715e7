//! Queries: on their own, attached, sticky, rejected.

use std::time::Duration;

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    enums::v1::{QueryRejectCondition, QueryResultType},
    query::v1::{WorkflowQuery, WorkflowQueryResult},
    workflowservice::v1::*,
};
use tokio::task::JoinHandle;

use super::scenarios;
use super::tasks::{settle, sticky_poll};
use crate::support::*;

scenarios![
    query_direct,
    query_fails,
    query_buffered,
    query_sticky,
    query_of_closed,
    query_rejected,
    query_before_first_task,
];

async fn query_direct(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 60_000)]).await;
    let asked = ask(&world, QueryRejectCondition::None);
    let task = world.poll().await;
    world.say_task(&task);
    world.say_status("answer", &answer(&world, &task, true).await);
    say_answer(&world, asked).await;
    world.say_status("answer again", &answer(&world, &task, true).await);
    world.say_history().await;
}

async fn query_fails(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 60_000)]).await;
    let asked = ask(&world, QueryRejectCondition::None);
    let task = world.poll().await;
    world.say_status("answer", &answer(&world, &task, false).await);
    say_answer(&world, asked).await;
}

async fn query_buffered(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 60_000)]).await;
    world.signal("one").await;
    let asked = ask(&world, QueryRejectCondition::None);
    settle().await;
    let task = world.poll().await;
    world.say_task(&task);
    let results = results(&task);
    world
        .try_complete(&task, vec![], |request| {
            request.query_results = results.into_iter().collect()
        })
        .await
        .unwrap();
    say_answer(&world, asked).await;
    world.say_history().await;
}

async fn query_before_first_task(world: World) {
    world.start().await;
    let asked = ask(&world, QueryRejectCondition::None);
    settle().await;
    let task = world.poll().await;
    world.say(format!("queries {}", task.queries.len()));
    let results = results(&task);
    world
        .try_complete(&task, vec![timer("1", 60_000)], |request| {
            request.query_results = results.into_iter().collect();
        })
        .await
        .unwrap();
    say_answer(&world, asked).await;
}

async fn query_sticky(world: World) {
    world.start().await;
    let task = world.poll().await;
    let waiting = sticky_poll(&world);
    settle().await;
    let wait = world.sticky(5000);
    world
        .try_complete(&task, vec![timer("1", 60_000)], |request| {
            request.sticky_attributes = wait
        })
        .await
        .unwrap();
    let asked = ask(&world, QueryRejectCondition::None);
    let task = waiting.await.unwrap();
    world.say_task(&task);
    world.say_status("answer", &answer(&world, &task, true).await);
    say_answer(&world, asked).await;
}

async fn query_of_closed(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    let asked = ask(&world, QueryRejectCondition::None);
    let task = world.poll().await;
    world.say_task(&task);
    world.say_status("answer", &answer(&world, &task, true).await);
    say_answer(&world, asked).await;
}

async fn query_rejected(world: World) {
    world.start().await;
    world.turn(vec![fail("bad", "Bad", true)]).await;
    say_answer(&world, ask(&world, QueryRejectCondition::NotOpen)).await;
    say_answer(
        &world,
        ask(&world, QueryRejectCondition::NotCompletedCleanly),
    )
    .await;
}

/// Asks a query while the scenario goes on.
fn ask(
    world: &World,
    condition: QueryRejectCondition,
) -> JoinHandle<Result<QueryWorkflowResponse, Status>> {
    let mut request = QueryWorkflowRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
        query: Some(WorkflowQuery {
            query_type: "state".to_owned(),
            query_args: text("arg"),
            ..Default::default()
        }),
        ..Default::default()
    };
    request.set_query_reject_condition(condition);
    let world = world.clone();
    tokio::spawn(async move {
        let mut request = Request::new(request);
        request.set_timeout(Duration::from_secs(20));
        world
            .service()
            .query_workflow(request)
            .await
            .map(|response| response.into_inner())
    })
}

async fn answer(
    world: &World,
    task: &PollWorkflowTaskQueueResponse,
    good: bool,
) -> Result<(), Status> {
    let mut request = RespondQueryTaskCompletedRequest {
        task_token: task.task_token.clone(),
        namespace: "default".to_owned(),
        query_result: text("answer"),
        ..Default::default()
    };
    request.set_completed_type(if good {
        QueryResultType::Answered
    } else {
        QueryResultType::Failed
    });
    if !good {
        request.query_result = None;
        request.error_message = "no such query".to_owned();
    }
    world
        .service()
        .respond_query_task_completed(Request::new(request))
        .await
        .map(|_| ())
}

async fn say_answer(world: &World, asked: JoinHandle<Result<QueryWorkflowResponse, Status>>) {
    let answer = asked.await.unwrap();
    world.say_status("query", &answer);
    if let Ok(answer) = answer {
        world.say(format!(
            "{:?} {:?}",
            answer.query_result, answer.query_rejected
        ));
    }
}

fn results(task: &PollWorkflowTaskQueueResponse) -> Vec<(String, WorkflowQueryResult)> {
    let result = |id: &String| {
        let mut result = WorkflowQueryResult {
            answer: text("buffered"),
            ..Default::default()
        };
        result.set_result_type(QueryResultType::Answered);
        (id.clone(), result)
    };
    task.queries.keys().map(result).collect()
}
