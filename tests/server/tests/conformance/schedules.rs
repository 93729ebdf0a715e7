//! Schedules.

mod calls;

use std::time::Duration;

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    enums::v1::ScheduleOverlapPolicy as Overlap,
    history::v1::history_event::Attributes,
    schedule::v1::{ScheduleInfo, SchedulePatch, ScheduleState},
    workflowservice::v1::*,
};

use self::calls::{create, delete, describe, described, info, patch, schedule, trigger};
use super::scenarios;
use crate::support::*;

scenarios![
    schedule_lifecycle,
    schedule_is_paused_and_deleted,
    schedule_overlaps,
    schedule_replaces_what_runs,
    schedule_starts_by_itself,
    schedule_refused,
];

async fn schedule_lifecycle(world: World) {
    let hourly = || schedule(&world, 3_600_000);
    world.say_status("create", &create(&world, hourly()).await);
    let again = create(&world, hourly()).await;
    let again = again.map_err(|status| Status::new(status.code(), ""));
    world.say_status("create again", &again);
    let first = described(&world, |_| true).await;
    let state = first.schedule.unwrap().state.unwrap_or_default();
    let future = first.info.unwrap().future_action_times.len();
    world.say(format!("paused {} future {future}", state.paused));

    trigger(&world, Overlap::Unspecified).await;
    let task = world.poll().await;
    say_started(&world, &task).await;
    let running = described(&world, |response| info(response).action_count == 1).await;
    let running = running.info.unwrap().running_workflows.len();
    world.say(format!("running {running}"));
    world.complete(&task, vec![complete("done")]).await;
    let done = described(&world, |response| {
        info(response).running_workflows.is_empty()
    });
    let recent = done.await.info.unwrap().recent_actions.len();
    world.say(format!("recent {recent}"));
}

/// Says what a schedule has started.
async fn say_started(world: &World, task: &PollWorkflowTaskQueueResponse) {
    let execution = task.workflow_execution.clone().unwrap();
    let stem = format!("{}-scheduled-", world.name);
    let time = execution.workflow_id.strip_prefix(&stem).unwrap();
    world.say(format!("{} {}", time.len(), time.ends_with('Z')));
    let events = world.history_of(&execution.workflow_id, "").await;
    let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) = &events[0].attributes
    else {
        panic!("{events:?}");
    };
    let fields = started.search_attributes.clone().unwrap().indexed_fields;
    let mut names: Vec<_> = fields.into_keys().collect();
    names.sort();
    world.say(format!("{names:?} {:?}", started.input));
}

async fn schedule_is_paused_and_deleted(world: World) {
    world.say_status("create", &create(&world, schedule(&world, 3_600_000)).await);
    let pause = SchedulePatch {
        pause: "enough".to_owned(),
        ..Default::default()
    };
    patch(&world, pause).await;
    let is_paused = |response: &DescribeScheduleResponse| {
        let state = response.schedule.as_ref().unwrap().state.as_ref();
        state.is_some_and(|state| state.paused)
    };
    let paused = described(&world, is_paused).await;
    world.say(paused.schedule.unwrap().state.unwrap().notes);
    let unpause = SchedulePatch {
        unpause: "more".to_owned(),
        ..Default::default()
    };
    patch(&world, unpause).await;
    let going = described(&world, |response| !is_paused(response)).await;
    world.say(going.schedule.unwrap().state.unwrap().notes);
    delete(&world).await;
    for _ in 0..100 {
        if describe(&world).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let gone = describe(&world).await.map(|_| ());
    world.say(format!("{:?}", gone.map_err(|status| status.code())));
}

/// Says how many actions a schedule took, skipped, and has under way or waiting.
async fn say_overlap(world: &World, fits: impl Fn(&ScheduleInfo) -> bool) {
    let found = described(world, |response| fits(info(response))).await;
    let info = info(&found);
    world.say(format!(
        "actions {} skipped {} running {} waiting {}",
        info.action_count,
        info.overlap_skipped,
        info.running_workflows.len(),
        info.buffer_size
    ));
}

async fn schedule_overlaps(world: World) {
    world.say_status("create", &create(&world, schedule(&world, 3_600_000)).await);
    trigger(&world, Overlap::Unspecified).await;
    let first = world.poll().await;
    say_overlap(&world, |info| info.running_workflows.len() == 1).await;
    // Names of workflows are told apart by the second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    trigger(&world, Overlap::Skip).await;
    say_overlap(&world, |info| info.overlap_skipped == 1).await;
    trigger(&world, Overlap::BufferOne).await;
    say_overlap(&world, |info| info.buffer_size == 1).await;
    trigger(&world, Overlap::BufferOne).await;
    say_overlap(&world, |info| info.overlap_skipped == 2).await;
    trigger(&world, Overlap::AllowAll).await;
    let beside = world.poll().await;
    say_overlap(&world, |info| info.action_count == 2).await;
    world.complete(&beside, vec![complete("done")]).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    world.complete(&first, vec![complete("done")]).await;
    world.turn(vec![complete("done")]).await;
    say_overlap(&world, |info| {
        info.action_count == 3 && info.running_workflows.is_empty()
    })
    .await;
    delete(&world).await;
}

async fn schedule_replaces_what_runs(world: World) {
    world.say_status("create", &create(&world, schedule(&world, 3_600_000)).await);
    for overlap in [Overlap::Unspecified, Overlap::TerminateOther] {
        trigger(&world, overlap).await;
        let task = world.poll().await;
        world.complete(&task, vec![timer("1", 60_000)]).await;
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    say_overlap(&world, |info| info.action_count == 2).await;
    trigger(&world, Overlap::CancelOther).await;
    let cancelled = world.poll().await;
    world.say_task(&cancelled);
    world
        .complete(&cancelled, vec![complete("cancelled")])
        .await;
    world.turn(vec![complete("done")]).await;
    say_overlap(&world, |info| {
        info.action_count == 3 && info.running_workflows.is_empty()
    })
    .await;
    delete(&world).await;
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
    let done = described(&world, |response| info(response).action_count == 2).await;
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
