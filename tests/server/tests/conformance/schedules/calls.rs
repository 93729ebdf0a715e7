//! What is asked of schedules.

use std::time::Duration;

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowType,
    enums::v1::ScheduleOverlapPolicy as Overlap,
    schedule::v1::{
        IntervalSpec, Schedule, ScheduleAction, ScheduleInfo, SchedulePatch, ScheduleSpec,
        TriggerImmediatelyRequest, schedule_action::Action,
    },
    workflow::v1::NewWorkflowExecutionInfo,
    workflowservice::v1::*,
};

use crate::support::*;

pub(super) fn schedule(world: &World, every: u64) -> Schedule {
    Schedule {
        spec: Some(ScheduleSpec {
            interval: vec![IntervalSpec {
                interval: millis(every),
                phase: None,
            }],
            ..Default::default()
        }),
        action: Some(ScheduleAction {
            action: Some(Action::StartWorkflow(NewWorkflowExecutionInfo {
                workflow_id: format!("{}-scheduled", world.name),
                workflow_type: Some(WorkflowType {
                    name: "scheduled".to_owned(),
                }),
                task_queue: world.queue(),
                input: text("in"),
                ..Default::default()
            })),
        }),
        ..Default::default()
    }
}

pub(super) async fn create(world: &World, schedule: Schedule) -> Result<(), Status> {
    let request = CreateScheduleRequest {
        namespace: "default".to_owned(),
        schedule_id: world.name.clone(),
        schedule: Some(schedule),
        request_id: uuid::Uuid::new_v4().to_string(),
        ..Default::default()
    };
    world
        .service()
        .create_schedule(Request::new(request))
        .await
        .map(|_| ())
}

pub(super) async fn patch(world: &World, patch: SchedulePatch) {
    let request = PatchScheduleRequest {
        namespace: "default".to_owned(),
        schedule_id: world.name.clone(),
        patch: Some(patch),
        request_id: uuid::Uuid::new_v4().to_string(),
        ..Default::default()
    };
    world
        .service()
        .patch_schedule(Request::new(request))
        .await
        .unwrap();
}

/// Starts the schedule's workflow at once.
pub(super) async fn trigger(world: &World, overlap: Overlap) {
    let trigger = TriggerImmediatelyRequest {
        overlap_policy: overlap.into(),
        ..Default::default()
    };
    let now = SchedulePatch {
        trigger_immediately: Some(trigger),
        ..Default::default()
    };
    patch(world, now).await;
}

pub(super) fn info(response: &DescribeScheduleResponse) -> &ScheduleInfo {
    response.info.as_ref().unwrap()
}

pub(super) async fn describe(world: &World) -> Result<DescribeScheduleResponse, Status> {
    let request = DescribeScheduleRequest {
        namespace: "default".to_owned(),
        schedule_id: world.name.clone(),
    };
    world
        .service()
        .describe_schedule(Request::new(request))
        .await
        .map(|response| response.into_inner())
}

/// Schedules of the real server take a moment to hear.
pub(super) async fn described(
    world: &World,
    fits: impl Fn(&DescribeScheduleResponse) -> bool,
) -> DescribeScheduleResponse {
    for _ in 0..200 {
        match describe(world).await {
            Ok(response) if fits(&response) => return response,
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("never: {:?}", describe(world).await);
}

pub(super) async fn delete(world: &World) {
    let request = DeleteScheduleRequest {
        namespace: "default".to_owned(),
        schedule_id: world.name.clone(),
        ..Default::default()
    };
    world.say_status(
        "delete",
        &world.service().delete_schedule(Request::new(request)).await,
    );
}
