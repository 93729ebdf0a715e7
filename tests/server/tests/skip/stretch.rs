//! Stretches of time that are skipped, and no more.

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
    support::{World, activity, connect, continue_as_new, millis, shape, start_child, timer},
};

pub(super) const HOUR: u64 = 3_600_000;
pub(super) const SKIPPED: &str = "WorkflowExecutionTimeSkippingTransitioned";

pub(super) fn enabled() -> TimeSkippingConfig {
    TimeSkippingConfig {
        enabled: true,
        ..Default::default()
    }
}

/// Skips that many milliseconds, and no more.
pub(super) fn forward(id: &str, span: u64) -> TimeSkippingConfig {
    TimeSkippingConfig {
        fast_forward_config: Some(FastForwardConfig {
            id: id.to_owned(),
            duration: millis(span),
        }),
        ..enabled()
    }
}

/// Changes how a running workflow skips time.
pub(super) async fn configure(
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
pub(super) async fn settled(world: &World, id: &str) -> PollWorkflowExecutionTimeSkippingResponse {
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

pub(super) async fn skipping(world: &World) -> TimeSkippingInfo {
    let described = world.describe().await;
    let extended = described.workflow_extended_info.unwrap();
    extended.time_skipping_info.unwrap()
}

fn seconds(event: &HistoryEvent) -> i64 {
    event.event_time.as_ref().unwrap().seconds
}

/// How far the last event is from the first one, in hours.
pub(super) async fn hours(world: &World) -> i64 {
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
