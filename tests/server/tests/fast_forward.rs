//! Time skipping that is changed while a workflow runs, and stretches that are skipped and no more.

use std::time::Duration;

use chronoscope_testserver::TestServer;
use temporalio_client::tonic::{Code, Request, Status};
use temporalio_common::protos::temporal::api::{
    common::v1::{FastForwardConfig, TimeSkippingConfig, TimeSkippingInfo},
    enums::v1::FastForwardPollingResult as Outcome,
    history::v1::{HistoryEvent, history_event::Attributes},
    workflow::v1::WorkflowExecutionOptions,
    workflowservice::v1::*,
};

use crate::{
    sdk::within,
    support::{
        World, activity, complete, connect, continue_as_new, millis, shape, start_child, timer,
    },
};

const HOUR: u64 = 3_600_000;
const SKIPPED: &str = "WorkflowExecutionTimeSkippingTransitioned";

fn enabled() -> TimeSkippingConfig {
    TimeSkippingConfig {
        enabled: true,
        ..Default::default()
    }
}

/// Skips that many milliseconds, and no more.
fn forward(id: &str, span: u64) -> TimeSkippingConfig {
    TimeSkippingConfig {
        fast_forward_config: Some(FastForwardConfig {
            id: id.to_owned(),
            duration: millis(span),
        }),
        ..enabled()
    }
}

/// Changes how a running workflow skips time.
async fn configure(
    world: &World,
    config: Option<TimeSkippingConfig>,
) -> Result<UpdateWorkflowExecutionOptionsResponse, Status> {
    let request = UpdateWorkflowExecutionOptionsRequest {
        namespace: "default".to_owned(),
        workflow_execution: world.execution(),
        workflow_execution_options: Some(WorkflowExecutionOptions {
            time_skipping_config: config,
            ..Default::default()
        }),
        update_mask: Some(prost_wkt_types::FieldMask {
            paths: vec!["time_skipping_config".to_owned()],
        }),
        identity: world.identity.clone(),
    };
    let updated = world
        .service()
        .update_workflow_execution_options(Request::new(request))
        .await;
    updated.map(|updated| updated.into_inner())
}

/// Waits for the end of a stretch.
async fn settled(world: &World, id: &str) -> PollWorkflowExecutionTimeSkippingResponse {
    let request = PollWorkflowExecutionTimeSkippingRequest {
        namespace: "default".to_owned(),
        workflow_execution: world.execution(),
        fast_forward_id: id.to_owned(),
    };
    let mut service = world.service();
    let polled = service.poll_workflow_execution_time_skipping(Request::new(request));
    within(Duration::from_secs(10), polled)
        .await
        .unwrap()
        .into_inner()
}

async fn skipping(world: &World) -> TimeSkippingInfo {
    let described = world.describe().await;
    let extended = described.workflow_extended_info.unwrap();
    extended.time_skipping_info.unwrap()
}

fn seconds(event: &HistoryEvent) -> i64 {
    event.event_time.as_ref().unwrap().seconds
}

/// How far the last event is from the first one, in hours.
async fn hours(world: &World) -> i64 {
    let events = world.history().await;
    (seconds(events.last().unwrap()) - seconds(&events[0])) / 3600
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_is_skipped_and_no_more() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "stretch");
    world
        .start_with(|request| request.time_skipping_config = Some(forward("ff", 2 * HOUR)))
        .await;
    world
        .turn(vec![timer("1", HOUR), timer("3", 3 * HOUR)])
        .await;
    let task = world.turn(vec![]).await;
    let kinds = shape(&task.history.unwrap().events);
    assert_eq!(kinds[6..8], [SKIPPED, "TimerFired"], "{kinds:?}");

    let settled = settled(&world, "ff").await;
    assert_eq!(
        settled.fast_forward_polling_result(),
        Outcome::FastForwardCompleted
    );
    let info = settled.fast_forward_info.unwrap();
    assert!(info.has_completed);
    assert_eq!(info.fast_forward_duration, millis(2 * HOUR));
    let events = world.history().await;
    let Some(Attributes::WorkflowExecutionTimeSkippingTransitionedEventAttributes(last)) =
        &events.last().unwrap().attributes
    else {
        panic!("{:?}", shape(&events));
    };
    assert!(last.disabled_after_fast_forward);
    assert_eq!(last.target_time, info.target_time);
    let info = skipping(&world).await;
    assert!(!info.effective_config.unwrap().enabled);
    assert_eq!(info.current_session_skip_count, 2);
    // The third hour goes by at its own pace.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.history().await.len(), events.len());
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_goes_on_in_the_next_run() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "goes-on");
    world
        .start_with(|request| request.time_skipping_config = Some(forward("ff", 3 * HOUR)))
        .await;
    world.turn(vec![timer("1", HOUR)]).await;
    let playing = async {
        world.turn(vec![continue_as_new()]).await;
        world.turn(vec![timer("1", 5 * HOUR)]).await;
    };
    let (polled, ()) = tokio::join!(settled(&world, "ff"), playing);
    assert_eq!(
        polled.fast_forward_polling_result(),
        Outcome::FastForwardCompleted
    );
    let events = world.history().await;
    let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) = &events[0].attributes
    else {
        panic!("{:?}", shape(&events));
    };
    let inherited = started.time_skipping_state_propagation.as_ref().unwrap();
    assert_eq!(
        inherited.fast_forward_target_time,
        polled.fast_forward_info.unwrap().target_time
    );
    assert_eq!(inherited.initial_skip_count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_ends_by_itself_while_work_is_under_way() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "by-itself");
    world
        .start_with(|request| request.time_skipping_config = Some(forward("ff", 300)))
        .await;
    world.turn(vec![activity("a", |_| ())]).await;
    assert_eq!(
        settled(&world, "ff").await.fast_forward_polling_result(),
        Outcome::FastForwardCompleted
    );
    let kinds = shape(&world.history().await);
    assert_eq!(kinds[5..], [SKIPPED], "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn children_inherit_the_time_but_not_the_stretch() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "parent");
    world
        .start_with(|request| request.time_skipping_config = Some(forward("ff", 9 * HOUR)))
        .await;
    world.turn(vec![timer("1", 2 * HOUR)]).await;
    world.turn(vec![start_child(&world, |_| ())]).await;
    let task = world.of_child().poll().await;
    assert_eq!(task.workflow_execution.unwrap().workflow_id, "parent-child");
    let events = world.history_of("parent-child", "").await;
    let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) = &events[0].attributes
    else {
        panic!("{:?}", shape(&events));
    };
    let config = started.time_skipping_config.as_ref().unwrap();
    assert!(config.enabled && config.fast_forward_config.is_none());
    let inherited = started.time_skipping_state_propagation.as_ref().unwrap();
    assert!(inherited.fast_forward_target_time.is_none());
    let skipped = inherited.initial_skipped_duration.as_ref().unwrap();
    assert!((7190..=7200).contains(&skipped.seconds), "{skipped:?}");
    let began = seconds(&world.history().await[0]);
    assert_eq!((seconds(&events[0]) - began) / 3600, 2);
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
async fn a_stretch_must_have_a_name_and_a_length() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "nameless");
    for config in [forward("", HOUR), forward("ff", 0)] {
        let started = world
            .try_start(|request| request.time_skipping_config = Some(config))
            .await;
        assert_eq!(started.unwrap_err().code(), Code::InvalidArgument);
    }
}
