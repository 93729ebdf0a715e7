//! Listing, counting and schedules.

use std::time::Duration;

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    common::v1::{SearchAttributes, WorkflowType},
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
    queries_of_lists,
    list_is_paged,
    schedule_lifecycle,
    schedule_starts_by_itself,
    schedule_refused
];

async fn count(
    world: &World,
    query: &str,
) -> Result<CountWorkflowExecutionsResponse, temporalio_client::tonic::Status> {
    let request = CountWorkflowExecutionsRequest {
        namespace: "default".to_owned(),
        query: query.to_owned(),
    };
    let counted = world
        .service()
        .count_workflow_executions(Request::new(request))
        .await;
    counted.map(|response| response.into_inner())
}

/// What is listed may come a little later than what it lists.
async fn wait_for_count(world: &World, query: &str, wanted: i64) {
    for _ in 0..200 {
        if count(world, query)
            .await
            .is_ok_and(|counted| counted.count == wanted)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {wanted} of {query}");
}

async fn list(world: &World, query: &str, size: i32) -> Vec<String> {
    let mut request = ListWorkflowExecutionsRequest {
        namespace: "default".to_owned(),
        query: query.to_owned(),
        page_size: size,
        ..Default::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = world
            .service()
            .list_workflow_executions(Request::new(request.clone()))
            .await;
        let page = match page {
            Ok(page) => page.into_inner(),
            Err(status) => return vec![format!("{:?}", status.code())],
        };
        ids.extend(page.executions.into_iter().map(|info| {
            format!(
                "{} {:?}",
                info.execution.as_ref().unwrap().workflow_id,
                info.status()
            )
        }));
        request.next_page_token = page.next_page_token;
        if request.next_page_token.is_empty() {
            return ids;
        }
    }
}

async fn queries_of_lists(world: World) {
    for (n, color) in ["red", "green", "blue"].into_iter().enumerate() {
        let mut payload = text(color).unwrap().payloads.remove(0);
        payload
            .metadata
            .insert("type".to_owned(), b"Keyword".to_vec());
        let mut size = text("").unwrap().payloads.remove(0);
        size.data = n.to_string().into_bytes();
        size.metadata.insert("type".to_owned(), b"Int".to_vec());
        let fields = [("Color".to_owned(), payload), ("Size".to_owned(), size)];
        world
            .start_with(|request| {
                request.workflow_id = format!("listed-{n}");
                request.workflow_type = Some(WorkflowType {
                    name: "listed".to_owned(),
                });
                request.search_attributes = Some(SearchAttributes {
                    indexed_fields: fields.into(),
                });
            })
            .await;
        match n {
            0 => drop(world.turn(vec![complete("done")]).await),
            1 => drop(world.turn(vec![fail("bad", "Bad", true)]).await),
            _ => {}
        }
    }
    wait_for_count(&world, "WorkflowType = 'listed'", 3).await;
    wait_for_count(
        &world,
        "WorkflowType = 'listed' AND ExecutionStatus = 'Failed'",
        1,
    )
    .await;
    wait_for_count(
        &world,
        "WorkflowType = 'listed' AND ExecutionStatus = 'Completed'",
        1,
    )
    .await;
    for query in [
        "WorkflowType = 'listed'",
        "WorkflowType = \"listed\" and ExecutionStatus = \"Running\"",
        "WorkflowType = 'listed' AND ExecutionStatus != 'Running'",
        "WorkflowType = 'listed' AND ExecutionStatus IN ('Completed', 'Failed')",
        "WorkflowType = 'listed' AND ExecutionStatus NOT IN ('Completed', 'Failed')",
        "WorkflowId = 'listed-1'",
        "WorkflowId STARTS_WITH 'listed-' AND Color = 'red'",
        "Color = 'red' OR Color = 'blue'",
        "(Color = 'red' OR Color = 'blue') AND Size > 1",
        "WorkflowType = 'listed' AND Size BETWEEN 1 AND 2",
        "WorkflowType = 'listed' AND Size >= 1 AND Size < 2",
        "WorkflowType = 'listed' AND CloseTime IS NULL",
        "WorkflowType = 'listed' AND CloseTime IS NOT NULL",
        "WorkflowType = 'listed' AND StartTime > '2020-01-01T00:00:00Z'",
        "WorkflowType = 'listed' AND StartTime < '2020-01-01T00:00:00Z'",
        "WorkflowType = 'listed' AND NOT Color = 'red'",
        "TaskQueue = 'queries_of_lists' AND Color = 'green'",
        "Nonesuch = 1",
        "WorkflowType = ",
        "WorkflowType == 'x'",
        "(Color = 'red'",
        "hello world",
    ] {
        let mut ids = list(&world, query, 0).await;
        ids.sort();
        world.say(format!("{query}: {ids:?}"));
    }
    let grouped = count(&world, "WorkflowType = 'listed' GROUP BY ExecutionStatus")
        .await
        .unwrap();
    let mut groups: Vec<_> = grouped
        .groups
        .into_iter()
        .map(|group| {
            (
                String::from_utf8(group.group_values[0].data.clone()).unwrap(),
                group.count,
            )
        })
        .collect();
    groups.sort();
    world.say(format!("{} {groups:?}", grouped.count));
    let grouped = count(&world, "GROUP BY WorkflowType").await;
    world.say_status("group by type", &grouped);
}

async fn list_is_paged(world: World) {
    for n in 0..5 {
        world
            .start_with(|request| {
                request.workflow_id = format!("paged-{n}");
                request.workflow_type = Some(WorkflowType {
                    name: "paged".to_owned(),
                });
            })
            .await;
    }
    wait_for_count(&world, "WorkflowType = 'paged'", 5).await;
    let mut ids = list(&world, "WorkflowType = 'paged'", 2).await;
    ids.sort();
    world.say(format!("{ids:?}"));
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
