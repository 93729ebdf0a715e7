//! Schedules.

use std::time::Duration;

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowType,
    schedule::v1::{
        IntervalSpec, Schedule, ScheduleAction, SchedulePatch, ScheduleSpec, ScheduleState,
        TriggerImmediatelyRequest, schedule_action::Action,
    },
    workflow::v1::NewWorkflowExecutionInfo,
    workflowservice::v1::*,
};

use super::scenarios;
use crate::support::*;

scenarios![
    schedule_lifecycle,
    schedule_starts_by_itself,
    schedule_refused,
];

async fn schedule_lifecycle(world: World) {
    world.say_status("create", &create(&world, schedule(&world, 3_600_000)).await);
    world.say_status(
        "create again",
        &create(&world, schedule(&world, 3_600_000))
            .await
            .map_err(|status| temporalio_client::tonic::Status::new(status.code(), "")),
    );
    let first = described(&world, |_| true).await;
    let state = first.schedule.unwrap().state.unwrap_or_default();
    world.say(format!(
        "paused {} future {}",
        state.paused,
        first.info.unwrap().future_action_times.len()
    ));

    let trigger = TriggerImmediatelyRequest::default();
    patch(
        &world,
        SchedulePatch {
            trigger_immediately: Some(trigger),
            ..Default::default()
        },
    )
    .await;
    let task = world.poll().await;
    let execution = task.workflow_execution.clone().unwrap();
    let stem = format!("{}-scheduled-", world.name);
    let time = execution.workflow_id.strip_prefix(&stem).unwrap();
    world.say(format!("{} {}", time.len(), time.ends_with('Z')));
    let running = described(&world, |response| {
        response.info.as_ref().unwrap().action_count == 1
    })
    .await;
    world.say(format!(
        "running {}",
        running.info.unwrap().running_workflows.len()
    ));
    let started = world.history_of(&execution.workflow_id, "").await;
    let Some(temporalio_common::protos::temporal::api::history::v1::history_event::Attributes::WorkflowExecutionStartedEventAttributes(started)) =
        &started[0].attributes
    else {
        panic!();
    };
    let mut names: Vec<_> = started
        .search_attributes
        .clone()
        .unwrap()
        .indexed_fields
        .into_keys()
        .collect();
    names.sort();
    world.say(format!("{names:?} {:?}", started.input));
    world.complete(&task, vec![complete("done")]).await;
    let done = described(&world, |response| {
        response.info.as_ref().unwrap().running_workflows.is_empty()
    })
    .await;
    world.say(format!(
        "recent {}",
        done.info.unwrap().recent_actions.len()
    ));

    patch(
        &world,
        SchedulePatch {
            pause: "enough".to_owned(),
            ..Default::default()
        },
    )
    .await;
    let paused = described(&world, |response| {
        response
            .schedule
            .as_ref()
            .unwrap()
            .state
            .as_ref()
            .is_some_and(|state| state.paused)
    })
    .await;
    world.say(paused.schedule.unwrap().state.unwrap().notes);
    delete(&world).await;
    for _ in 0..100 {
        if describe(&world).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.say(format!(
        "{:?}",
        describe(&world)
            .await
            .map(|_| ())
            .map_err(|status| status.code())
    ));
}

async fn schedule_starts_by_itself(world: World) {
    let mut schedule = schedule(&world, 1000);
    schedule.state = Some(ScheduleState {
        limited_actions: true,
        remaining_actions: 2,
        ..Default::default()
    });
    world.say_status("create", &create(&world, schedule).await);
    for _ in 0..2 {
        world.turn(vec![complete("done")]).await;
    }
    let done = described(&world, |response| {
        response.info.as_ref().unwrap().action_count == 2
    })
    .await;
    world.say(format!(
        "{}",
        done.schedule.unwrap().state.unwrap().remaining_actions
    ));
    delete(&world).await;
}

async fn schedule_refused(world: World) {
    let request = DescribeScheduleRequest {
        namespace: "default".to_owned(),
        schedule_id: "nobody".to_owned(),
    };
    world.say_status(
        "describe",
        &world
            .service()
            .describe_schedule(Request::new(request))
            .await,
    );
}

fn schedule(world: &World, every: u64) -> Schedule {
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

async fn create(world: &World, schedule: Schedule) -> Result<(), temporalio_client::tonic::Status> {
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

async fn patch(world: &World, patch: SchedulePatch) {
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

async fn describe(
    world: &World,
) -> Result<DescribeScheduleResponse, temporalio_client::tonic::Status> {
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
async fn described(
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

async fn delete(world: &World) {
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
