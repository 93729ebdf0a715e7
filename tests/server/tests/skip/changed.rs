//! Time skipping that is changed while a workflow runs.

use std::time::Duration;

use chronoscope_testserver::TestServer;
use temporalio_client::tonic::Code;
use temporalio_common::protos::temporal::api::{
    common::v1::TimeSkippingConfig, enums::v1::FastForwardPollingResult as Outcome,
    workflowservice::v1::PollWorkflowExecutionTimeSkippingResponse,
};

use super::stretch::{HOUR, configure, enabled, forward, hours, settled, skipping};
use crate::support::{World, complete, connect, shape, timer};

#[tokio::test(flavor = "multi_thread")]
async fn options_change_while_the_workflow_runs() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "changed");
    world.start().await;
    world.turn(vec![timer("1", 5 * HOUR)]).await;
    let first = configure(&world, Some(forward("one", HOUR))).await.unwrap();
    let options = first.workflow_execution_options.unwrap();
    assert!(options.time_skipping_config.is_some());
    assert_eq!(
        settled(&world, "one").await.fast_forward_polling_result(),
        Outcome::FastForwardCompleted
    );
    assert_eq!(skipping(&world).await.current_session_skip_count, 1);
    // The same again is a new stretch from now on.
    configure(&world, Some(forward("two", HOUR))).await.unwrap();
    assert_eq!(
        settled(&world, "two").await.fast_forward_polling_result(),
        Outcome::FastForwardCompleted
    );
    assert_eq!(skipping(&world).await.current_session_skip_count, 1);
    // The virtual time stays when the options go.
    configure(&world, None).await.unwrap();
    assert!(skipping(&world).await.effective_config.is_none());
    configure(&world, Some(enabled())).await.unwrap();
    world.turn(vec![complete("done")]).await;
    assert_eq!(hours(&world).await, 5);
    let kinds = shape(&world.history().await);
    let updated = |kind: &&String| *kind == "WorkflowExecutionOptionsUpdated";
    assert_eq!(kinds.iter().filter(updated).count(), 4, "{kinds:?}");
    let late = configure(&world, Some(enabled())).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_skips_end_the_skipping() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "twice");
    let config = TimeSkippingConfig {
        max_session_skip_count: 2,
        ..enabled()
    };
    world
        .start_with(|request| request.time_skipping_config = Some(config))
        .await;
    for _ in 0..2 {
        world.turn(vec![timer("1", HOUR)]).await;
    }
    let task = world.turn(vec![timer("1", HOUR)]).await;
    assert_eq!(task.attempt, 1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(hours(&world).await, 2);
    let info = skipping(&world).await;
    assert_eq!(info.current_session_skip_count, 2);
    assert!(!info.effective_config.unwrap().enabled);
    // A new session begins.
    configure(&world, Some(enabled())).await.unwrap();
    world.turn(vec![complete("done")]).await;
    assert_eq!(hours(&world).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_says_why_a_stretch_can_not_complete() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "failing");
    // The first workflow task is never taken: nothing can be skipped.
    world
        .start_with(|request| request.time_skipping_config = Some(forward("ff", HOUR)))
        .await;
    let check = |polled: PollWorkflowExecutionTimeSkippingResponse, reason: &str| {
        let outcome = polled.fast_forward_polling_result();
        assert_eq!(outcome, Outcome::FastForwardFailed, "{reason}");
        assert!(polled.failed_reason.contains(reason), "{polled:?}");
    };
    check(settled(&world, "other").await, "does not match");
    let change = async |config, reason: &str| {
        let changed = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            configure(&world, Some(config)).await.unwrap();
        };
        let (polled, ()) = tokio::join!(settled(&world, "ff"), changed);
        check(polled, reason);
    };
    change(forward("ff", 2 * HOUR), "reset").await;
    change(forward("new", HOUR), "does not match").await;
    let off = TimeSkippingConfig {
        enabled: false,
        ..forward("ff", HOUR)
    };
    configure(&world, Some(off)).await.unwrap();
    check(settled(&world, "ff").await, "disabled");
    configure(&world, Some(forward("ff", HOUR))).await.unwrap();
    let end = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.try_terminate().await.unwrap();
    };
    let (polled, ()) = tokio::join!(settled(&world, "ff"), end);
    check(polled, "ended");
}
