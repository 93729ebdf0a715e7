//! What a second start of an open workflow adds to it, and what else changes its options.

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    common::v1::{Callback, Link, callback, link},
    enums::v1::{EventType, WorkflowIdConflictPolicy},
    workflow::v1::OnConflictOptions,
    workflowservice::v1::{StartWorkflowExecutionRequest, UpdateWorkflowExecutionOptionsRequest},
};

use super::scenarios;
use crate::support::*;

scenarios![
    conflict_attaches_request,
    conflict_attaches_links,
    conflict_attaches_nothing,
    conflict_during_a_task,
    conflict_during_a_last_task,
    conflict_with_a_closed_run,
    conflict_options_need_their_policy,
    callbacks_are_refused,
    options_of_a_running_workflow,
];

const SECOND: &str = "33333333-3333-4333-8333-333333333333";

/// A link to some event of some other workflow.
fn elsewhere() -> Link {
    let event = link::workflow_event::EventReference {
        event_id: 3,
        event_type: EventType::WorkflowTaskStarted.into(),
    };
    Link {
        variant: Some(link::Variant::WorkflowEvent(link::WorkflowEvent {
            namespace: "default".to_owned(),
            workflow_id: "elsewhere".to_owned(),
            run_id: "44444444-4444-4444-8444-444444444444".to_owned(),
            reference: Some(link::workflow_event::Reference::EventRef(event)),
        })),
    }
}

/// Starts the workflow once more, which uses the open one and adds to it.
async fn start_again(world: &World, what: &str, options: OnConflictOptions) {
    start_again_with(world, what, options, |_| ()).await;
}

async fn start_again_with(
    world: &World,
    what: &str,
    options: OnConflictOptions,
    change: impl FnOnce(&mut StartWorkflowExecutionRequest),
) {
    let started = world
        .try_start(|request| {
            request.set_workflow_id_conflict_policy(WorkflowIdConflictPolicy::UseExisting);
            request.on_conflict_options = Some(options);
            request.request_id = SECOND.to_owned();
            request.links = vec![elsewhere()];
            change(request);
        })
        .await;
    match started {
        Ok(started) => world.say(format!("{what}: {started:?}")),
        Err(_) => world.say_status(what, &started),
    }
}

/// Says which requests the workflow knows, and by which events.
async fn say_requests(world: &World) {
    let described = world.describe().await;
    let infos = described.workflow_extended_info.unwrap().request_id_infos;
    let mut infos: Vec<_> = infos.values().map(|info| format!("{info:?}")).collect();
    infos.sort();
    world.say(format!("requests {infos:?}"));
}

async fn conflict_attaches_request(world: World) {
    let options = OnConflictOptions {
        attach_request_id: true,
        ..Default::default()
    };
    let first = world.try_start(|_| ()).await.unwrap();
    world.say(format!("first {first:?}"));
    start_again(&world, "second", options).await;
    // The request is known by now.
    start_again(&world, "third", options).await;
    start_again_with(&world, "fourth", options, |request| {
        request.set_workflow_id_conflict_policy(WorkflowIdConflictPolicy::Fail);
        request.on_conflict_options = None;
    })
    .await;
    say_requests(&world).await;
    let task = world.turn(vec![complete("done")]).await;
    world.say_task(&task);
    start_again(&world, "after the end", options).await;
    world.say_history().await;
}

async fn conflict_attaches_links(world: World) {
    world.start().await;
    let options = OnConflictOptions {
        attach_links: true,
        attach_request_id: true,
        ..Default::default()
    };
    start_again(&world, "second", options).await;
    let events = world.history().await;
    world.say(format!("{:?}", events.last().map(|event| &event.links)));
    world.say_history().await;
}

async fn conflict_attaches_nothing(world: World) {
    world.start().await;
    start_again(&world, "second", OnConflictOptions::default()).await;
    let links = OnConflictOptions {
        attach_links: true,
        ..Default::default()
    };
    start_again(&world, "third", links).await;
    say_requests(&world).await;
    world.say_history().await;
}

async fn conflict_during_a_task(world: World) {
    world.start().await;
    let task = world.poll().await;
    let options = OnConflictOptions {
        attach_request_id: true,
        ..Default::default()
    };
    start_again(&world, "second", options).await;
    say_requests(&world).await;
    start_again(&world, "third", options).await;
    world.complete(&task, vec![timer("1", 60_000)]).await;
    say_requests(&world).await;
    world.say_history().await;
}

async fn conflict_during_a_last_task(world: World) {
    world.start().await;
    let task = world.poll().await;
    let options = OnConflictOptions {
        attach_request_id: true,
        ..Default::default()
    };
    start_again(&world, "second", options).await;
    let early = world
        .try_complete(&task, vec![complete("done")], |_| ())
        .await;
    world.say_status("early", &early);
    world.say_history().await;
}

async fn conflict_with_a_closed_run(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    let options = OnConflictOptions {
        attach_request_id: true,
        ..Default::default()
    };
    start_again(&world, "second", options).await;
    world.say_history().await;
}

async fn conflict_options_need_their_policy(world: World) {
    world.start().await;
    let options = OnConflictOptions {
        attach_request_id: true,
        ..Default::default()
    };
    start_again_with(&world, "second", options, |request| {
        request.set_workflow_id_conflict_policy(WorkflowIdConflictPolicy::Fail);
    })
    .await;
    let callbacks = OnConflictOptions {
        attach_completion_callbacks: true,
        ..Default::default()
    };
    start_again(&world, "callbacks without a request", callbacks).await;
    world.say_history().await;
}

async fn callbacks_are_refused(world: World) {
    let callback = Callback {
        variant: Some(callback::Variant::Nexus(callback::Nexus {
            url: "http://localhost:1/done".to_owned(),
            ..Default::default()
        })),
        ..Default::default()
    };
    let started = world
        .try_start(|request| request.completion_callbacks = vec![callback])
        .await;
    world.say_status("callback", &started);
}

async fn options_of_a_running_workflow(world: World) {
    let update = async |what: &str, paths: Option<Vec<&str>>| {
        let paths = paths.map(|paths| prost_wkt_types::FieldMask {
            paths: paths.into_iter().map(str::to_owned).collect(),
        });
        let request = UpdateWorkflowExecutionOptionsRequest {
            namespace: "default".to_owned(),
            workflow_execution: world.execution(),
            workflow_execution_options: Some(Default::default()),
            update_mask: paths,
            ..Default::default()
        };
        let updated = world
            .service()
            .update_workflow_execution_options(Request::new(request))
            .await;
        world.say_status(what, &updated);
        if let Ok(updated) = updated {
            world.say(format!("{:?}", updated.into_inner()));
        }
    };
    update("nobody", Some(vec![])).await;
    world.start().await;
    update("no mask", None).await;
    update("empty mask", Some(vec![])).await;
    update("unknown field", Some(vec!["nonsense"])).await;
    update("priority", Some(vec!["priority"])).await;
    world.turn(vec![complete("done")]).await;
    update("closed", Some(vec![])).await;
    world.say_history().await;
}
