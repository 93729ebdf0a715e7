//! Workflow tasks: failures, timeouts, sticky queues, stale tokens, queries, paging.

use std::time::Duration;

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    enums::v1::{
        HistoryEventFilterType, QueryRejectCondition, QueryResultType, WorkflowTaskFailedCause,
    },
    query::v1::{WorkflowQuery, WorkflowQueryResult},
    workflowservice::v1::*,
};
use tokio::task::JoinHandle;

use super::scenarios;
use crate::support::*;

scenarios![
    task_fails,
    task_fails_twice,
    task_times_out,
    signal_between_attempts,
    unhandled_command,
    unhandled_command_twice,
    stale_token,
    token_of_nonsense,
    sticky,
    sticky_expires,
    sticky_without_worker,
    forced_new_task,
    duplicate_timer,
    unknown_timer,
    fired_timer_cancelled,
    duplicate_activity,
    activity_without_timeout,
    unknown_activity_cancelled,
    query_direct,
    query_fails,
    query_buffered,
    query_sticky,
    query_of_closed,
    query_rejected,
    query_before_first_task,
    history_is_paged,
    history_backwards,
    close_event_awaited,
    new_event_awaited,
    commands_after_the_end,
    no_command,
    too_large_a_result,
    too_large_an_input,
    timer_of_nothing,
];

async fn fail_task(world: &World, task: &PollWorkflowTaskQueueResponse) -> Result<(), Status> {
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

async fn stale_token(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.complete(&task, vec![timer("1", 60_000)]).await;
    let again = world
        .try_complete(&task, vec![complete("again")], |_| ())
        .await;
    world.say_status("again", &again);
    world.say_status("fail", &fail_task(&world, &task).await);
    world.say_history().await;
}

async fn token_of_nonsense(world: World) {
    let task = PollWorkflowTaskQueueResponse {
        task_token: vec![255, 1, 2, 3],
        ..Default::default()
    };
    world.say_status("complete", &world.try_complete(&task, vec![], |_| ()).await);
    world.say_status("fail", &fail_task(&world, &task).await);
    let none = PollWorkflowTaskQueueResponse::default();
    world.say_status(
        "complete none",
        &world.try_complete(&none, vec![], |_| ()).await,
    );
    let task = PollActivityTaskQueueResponse {
        task_token: vec![255, 1, 2, 3],
        ..Default::default()
    };
    world.say_status("activity", &world.complete_activity(&task, "x").await);
}

/// A poll of the sticky queue that waits while the scenario goes on.
fn sticky_poll(world: &World) -> JoinHandle<PollWorkflowTaskQueueResponse> {
    let world = world.clone();
    tokio::spawn(async move { world.poll_sticky().await })
}

async fn settle() {
    tokio::time::sleep(Duration::from_millis(300)).await;
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

/// Commands that the server refuses.
async fn refused(
    world: World,
    commands: Vec<temporalio_common::protos::temporal::api::command::v1::command::Attributes>,
) {
    world.start().await;
    let task = world.poll().await;
    world.say_status(
        "refused",
        &world.try_complete(&task, commands, |_| ()).await,
    );
    let events = world.history().await;
    world.say(format!("{:?}", shape(&events)));
    if let Some(
        temporalio_common::protos::temporal::api::history::v1::history_event::Attributes::WorkflowTaskFailedEventAttributes(failed),
    ) = events.get(3).and_then(|event| event.attributes.clone())
    {
        world.say(format!("{:?}", failed.cause()));
    }
    let task = world.poll().await;
    world.say_task(&task);
    world.complete(&task, vec![complete("done")]).await;
    world.say(format!("{:?}", shape(&world.history().await)));
}

async fn duplicate_timer(world: World) {
    refused(world, vec![timer("1", 60_000), timer("1", 60_000)]).await;
}

async fn unknown_timer(world: World) {
    refused(world, vec![cancel_timer("nobody")]).await;
}

async fn duplicate_activity(world: World) {
    refused(world, vec![activity("a", |_| ()), activity("a", |_| ())]).await;
}

async fn activity_without_timeout(world: World) {
    refused(
        world,
        vec![activity("a", |activity| {
            activity.start_to_close_timeout = None
        })],
    )
    .await;
}

async fn unknown_activity_cancelled(world: World) {
    use temporalio_common::protos::temporal::api::command::v1::{
        RequestCancelActivityTaskCommandAttributes, command::Attributes,
    };
    let cancel = RequestCancelActivityTaskCommandAttributes {
        scheduled_event_id: 99,
    };
    refused(
        world,
        vec![Attributes::RequestCancelActivityTaskCommandAttributes(
            cancel,
        )],
    )
    .await;
}

async fn timer_of_nothing(world: World) {
    refused(world, vec![timer("", 1000)]).await;
}

async fn fired_timer_cancelled(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 1000)]).await;
    world.signal("one").await;
    let task = world.poll().await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    world
        .complete(&task, vec![cancel_timer("1"), complete("done")])
        .await;
    world.say_history().await;
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

fn history_request(world: &World) -> GetWorkflowExecutionHistoryRequest {
    GetWorkflowExecutionHistoryRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
        ..Default::default()
    }
}

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

async fn commands_after_the_end(world: World) {
    world.start().await;
    let task = world.poll().await;
    let done = world
        .try_complete(&task, vec![complete("first"), complete("second")], |_| ())
        .await;
    world.say_status("two ends", &done);
    world.say_history().await;
}

async fn no_command(world: World) {
    world.start().await;
    world.turn(vec![]).await;
    world.say_history().await;
}

async fn too_large(
    world: World,
    command: temporalio_common::protos::temporal::api::command::v1::command::Attributes,
) {
    world.start().await;
    let task = world.poll().await;
    world.say_status(
        "large",
        &world.try_complete(&task, vec![command], |_| ()).await,
    );
    world.wait_for_events(5).await;
    world.say_history().await;
}

async fn too_large_a_result(world: World) {
    too_large(world, complete(&"x".repeat(3 << 20))).await;
}

async fn too_large_an_input(world: World) {
    let large = activity("a", |activity| activity.input = text(&"x".repeat(3 << 20)));
    too_large(world, large).await;
}
