//! Markers, search attributes, memos, and what describe shows.

use temporalio_common::protos::temporal::api::command::v1::command::Attributes;

use super::basics::upsert;
use super::scenarios;
use crate::support::*;
use temporalio_common::protos::temporal::api::{
    command::v1::ModifyWorkflowPropertiesCommandAttributes,
    common::v1::{Memo, SearchAttributes},
};

scenarios![
    marker_recorded,
    attributes_upserted,
    unknown_attribute,
    memo_upserted,
    describe_of_running,
    describe_in_full,
];

async fn marker_recorded(world: World) {
    world.start().await;
    world.turn(vec![marker("mark"), complete("done")]).await;
    world.say_history().await;
}

async fn attributes_upserted(world: World) {
    world.start().await;
    world
        .turn(vec![upsert("Color", "red"), complete("done")])
        .await;
    world.say_history().await;
    let info = world.describe().await.workflow_execution_info.unwrap();
    let mut names: Vec<_> = info
        .search_attributes
        .unwrap_or_default()
        .indexed_fields
        .into_keys()
        .collect();
    names.retain(|name| name != "BuildIds");
    world.say(format!("{names:?}"));
}

async fn unknown_attribute(world: World) {
    world.start().await;
    let task = world.poll().await;
    let done = world
        .try_complete(&task, vec![upsert("Nonesuch", "red")], |_| ())
        .await;
    world.say_status("upsert", &done);
    world.say(format!("{:?}", shape(&world.history().await)));
    let fields = [(
        "Nonesuch".to_owned(),
        text("red").unwrap().payloads.remove(0),
    )];
    let attributes = SearchAttributes {
        indexed_fields: fields.into(),
    };
    let started = world
        .try_start(|request| {
            request.workflow_id.push('2');
            request.search_attributes = Some(attributes);
        })
        .await;
    world.say_status("start", &started);
}

async fn memo_upserted(world: World) {
    let memo = |key: &str| Memo {
        fields: [(key.to_owned(), text("value").unwrap().payloads.remove(0))].into(),
    };
    world
        .start_with(|request| request.memo = Some(memo("first")))
        .await;
    let modify = ModifyWorkflowPropertiesCommandAttributes {
        upserted_memo: Some(memo("second")),
    };
    world
        .turn(vec![
            Attributes::ModifyWorkflowPropertiesCommandAttributes(modify),
            complete("done"),
        ])
        .await;
    world.say_history().await;
    let info = world.describe().await.workflow_execution_info.unwrap();
    let mut names: Vec<_> = info.memo.unwrap_or_default().fields.into_keys().collect();
    names.sort();
    world.say(format!("{names:?}"));
}

async fn describe_of_running(world: World) {
    world.start().await;
    world
        .turn(vec![timer("1", 60_000), activity("a", |_| ())])
        .await;
    world.signal("one").await;
    let described = world.describe().await;
    let info = described.workflow_execution_info.unwrap();
    world.say(format!(
        "{:?} {} {}",
        info.status(),
        info.history_length,
        info.task_queue
    ));
    world.say(format!("{:?}", described.execution_config));
    for pending in described.pending_activities {
        world.say(format!(
            "{} {:?} attempt {} of {} {:?}",
            pending.activity_id,
            pending.state(),
            pending.attempt,
            pending.maximum_attempts,
            pending.activity_type,
        ));
    }
    let task = described.pending_workflow_task.unwrap();
    world.say(format!("{:?} {}", task.state(), task.attempt));
}

/// Prints everything except times and a server's own counts.
async fn say_described(world: &World) {
    let mut described = world.describe().await;
    let info = described.workflow_execution_info.as_mut().unwrap();
    info.start_time = None;
    info.execution_time = None;
    info.close_time = None;
    info.execution_duration = None;
    info.history_size_bytes = 0;
    info.state_transition_count = 0;
    info.auto_reset_points = None;
    info.parent_namespace_id.clear();
    let attributes = info.search_attributes.get_or_insert_default();
    attributes.indexed_fields.remove("BuildIds");
    let extended = described.workflow_extended_info.as_mut().unwrap();
    extended.original_start_time = None;
    extended.execution_expiration_time = None;
    // The year one there if there is no bound.
    extended.run_expiration_time = None;
    extended.request_id_infos.clear();
    if let Some(task) = &mut described.pending_workflow_task {
        task.scheduled_time = None;
        task.original_scheduled_time = None;
        task.started_time = None;
    }
    world.say(format!("{described:?}"));
}

async fn describe_in_full(world: World) {
    world
        .start_with(|request| request.workflow_run_timeout = millis(60_000))
        .await;
    say_described(&world).await;
    let task = world.poll().await;
    say_described(&world).await;
    world
        .complete(&task, vec![start_child(&world, |_| ())])
        .await;
    world.of_child().wait_for_events(2).await;
    say_described(&world.of_child()).await;
    world.wait_for_events(7).await;
    world.turn(vec![complete("done")]).await;
    say_described(&world).await;
}
