//! Faults by request, one by one.

use std::time::Duration;

use chronoscope_testserver::{Fault, GlobalClock, TestServer};
use temporalio_client::tonic::{Code, Request, Status};
use temporalio_common::protos::temporal::api::{
    enums::v1::UpdateWorkflowExecutionLifecycleStage, query::v1::WorkflowQuery,
    testservice::v1::SleepRequest, workflowservice::v1::QueryWorkflowRequest,
};

use crate::{
    conformance::update_request,
    support::{World, complete, connect, shape},
};

async fn world(server: &TestServer) -> World {
    World::new(connect(server).await, "faulty")
}

#[tokio::test]
async fn a_failed_call_does_nothing_and_a_dropped_one_was_done() {
    let server = TestServer::start().await;
    let world = world(&server).await;
    // No code that the client itself retries.
    server.inject(
        "StartWorkflowExecution",
        Fault::Fail(Status::permission_denied("no")),
    );
    let refused = world.try_start(|_| ()).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(server.runs(), 0);

    world.start().await;
    let task = world.poll().await;
    server.inject("RespondWorkflowTaskCompleted", Fault::DropResponse);
    // The client retries and learns that the task is gone.
    let dropped = world
        .try_complete(&task, vec![complete("done")], |_| ())
        .await;
    assert!(matches!(
        dropped.unwrap_err().code(),
        Code::Unavailable | Code::NotFound
    ));
    assert_eq!(
        shape(&world.history().await).last().unwrap(),
        "WorkflowExecutionCompleted"
    );
}

#[tokio::test]
async fn a_call_that_fails_after_it_was_done_is_done() {
    let server = TestServer::start().await;
    let world = world(&server).await;
    let lost = Status::permission_denied("too late");
    server.inject("StartWorkflowExecution", Fault::FailAfter(lost));
    let refused = world.try_start(|_| ()).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(server.runs(), 1);
}

#[tokio::test]
async fn a_delayed_call_is_done_later_once() {
    let server = TestServer::start().await;
    let world = world(&server).await;
    server.inject(
        "StartWorkflowExecution",
        Fault::Delay(Duration::from_millis(300)),
    );
    let began = std::time::Instant::now();
    world.start().await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    world.signal("one").await;
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_expired_task_comes_again() {
    let server = TestServer::start().await;
    let world = world(&server).await;
    world.start().await;
    assert!(!server.expire_workflow_task("default", "faulty").unwrap());
    let first = world.poll().await;
    assert!(server.expire_workflow_task("default", "faulty").unwrap());
    let second = world.poll().await;
    assert_eq!(second.attempt, 2);
    let late = world.try_complete(&first, vec![], |_| ()).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
    world.complete(&second, vec![complete("done")]).await;
    let missing = server.expire_workflow_task("default", "nobody");
    assert_eq!(missing.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_forgotten_sticky_worker_gets_nothing() {
    let server = TestServer::start().await;
    let world = world(&server).await;
    world.start().await;
    let task = world.poll().await;
    let polling = {
        let world = world.clone();
        tokio::spawn(async move { world.poll_sticky().await })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let wait = world.sticky(10_000);
    let change = |request: &mut temporalio_common::protos::temporal::api::workflowservice::v1::RespondWorkflowTaskCompletedRequest| {
        request.sticky_attributes = wait;
    };
    world.try_complete(&task, vec![], change).await.unwrap();
    server.forget_sticky("default", "faulty").unwrap();
    world.signal("one").await;
    let task = world.poll().await;
    assert_eq!(
        task.history.unwrap().events[0].event_id,
        1,
        "the whole history"
    );
    polling.abort();
}

#[tokio::test]
async fn closed_runs_are_forgotten_after_their_retention() {
    let server = TestServer::builder()
        .retention(Duration::from_secs(60))
        .start()
        .await;
    let world = world(&server).await;
    world.start().await;
    world.turn(vec![complete("done")]).await;
    server.skip(Duration::from_secs(59));
    assert_eq!(server.runs(), 1);
    server.skip(Duration::from_secs(2));
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn open_calls_end_with_the_server() {
    let server = TestServer::builder()
        .global_skip(GlobalClock::Locked)
        .start()
        .await;
    let world = world(&server).await;
    world.start().await;
    let (asker, updater) = (world.clone(), world.clone());
    let querying = tokio::spawn(async move {
        let request = Request::new(QueryWorkflowRequest {
            namespace: "default".to_owned(),
            execution: asker.execution(),
            query: Some(WorkflowQuery {
                query_type: "q".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        });
        asker.service().query_workflow(request).await.map(|_| ())
    });
    let updating = tokio::spawn(async move {
        let request = update_request(
            &updater,
            "u",
            UpdateWorkflowExecutionLifecycleStage::Completed,
        );
        let mut service = updater.service();
        let updated = service
            .update_workflow_execution(Request::new(request))
            .await;
        updated.map(|_| ())
    });
    let other = World::new(world.connection.clone(), "other");
    let polling = tokio::spawn(async move { other.try_poll().await.map(|_| ()) });
    let mut clock = world.connection.test_service();
    let sleeping = tokio::spawn(async move {
        let duration = crate::support::millis(3_600_000);
        let slept = clock.sleep(Request::new(SleepRequest { duration })).await;
        slept.map(|_| ())
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.shutdown().await;
    for call in [polling, querying, sleeping, updating] {
        let ended = tokio::time::timeout(Duration::from_secs(5), call).await;
        let status = ended.unwrap().unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
}
