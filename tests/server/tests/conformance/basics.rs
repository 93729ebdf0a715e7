//! Starting, ending, signalling, cancelling.

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    command::v1::{CancelWorkflowExecutionCommandAttributes, command::Attributes},
    workflowservice::v1::*,
};

use super::scenarios;
use crate::support::*;
use temporalio_common::protos::temporal::api::{
    command::v1::UpsertWorkflowSearchAttributesCommandAttributes, common::v1::SearchAttributes,
};

scenarios![
    completes,
    fails,
    one_timer,
    two_timers,
    timer_cancelled,
    cancelled_before_start,
    terminated,
    terminated_with_task,
    signalled,
    signalled_while_task_runs,
    signal_is_deduplicated,
    signal_of_closed,
    signal_with_start_new,
    signal_with_start_running,
    cancel_of_closed,
];

async fn completes(world: World) {
    world.start().await;
    let task = world.turn(vec![complete("done")]).await;
    world.say_task(&task);
    world.say_history().await;
}

async fn fails(world: World) {
    world.start().await;
    world.turn(vec![fail("bad", "Bad", true)]).await;
    world.say_history().await;
}

async fn one_timer(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 100)]).await;
    let task = world.turn(vec![complete("done")]).await;
    world.say_task(&task);
    world.say_history().await;
}

async fn two_timers(world: World) {
    world.start().await;
    world.turn(vec![timer("b", 1500), timer("a", 100)]).await;
    world.turn(vec![]).await;
    world.finish().await;
}

async fn timer_cancelled(world: World) {
    world.start().await;
    world.turn(vec![timer("1", 100_000)]).await;
    world.signal("stop").await;
    world.turn(vec![cancel_timer("1"), complete("done")]).await;
    world.say_history().await;
}

async fn cancelled_before_start(world: World) {
    world.start().await;
    world.say_status("cancel", &world.try_cancel().await);
    world.say_status("cancel again", &world.try_cancel().await);
    let details = CancelWorkflowExecutionCommandAttributes {
        details: text("why"),
    };
    world
        .turn(vec![Attributes::CancelWorkflowExecutionCommandAttributes(
            details,
        )])
        .await;
    world.say_history().await;
}

async fn terminated(world: World) {
    world.start().await;
    world.say_status("terminate", &world.try_terminate().await);
    world.say_status("terminate again", &world.try_terminate().await);
    world.say_history().await;
}

async fn terminated_with_task(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.signal("buffered").await;
    world.say_status("terminate", &world.try_terminate().await);
    let late = world
        .try_complete(&task, vec![complete("late")], |_| ())
        .await;
    world.say_status("late", &late);
    world.say_history().await;
}

async fn signalled(world: World) {
    world.start().await;
    world.turn(vec![]).await;
    world.signal("one").await;
    let task = world.turn(vec![complete("done")]).await;
    world.say_task(&task);
    world.say_history().await;
}

async fn signalled_while_task_runs(world: World) {
    world.start().await;
    let task = world.poll().await;
    world.signal("one").await;
    world.signal("two").await;
    world.complete(&task, vec![timer("1", 60_000)]).await;
    world.finish().await;
}

async fn signal_is_deduplicated(world: World) {
    world.start().await;
    for _ in 0..2 {
        let id = "11111111-1111-4111-8111-111111111111";
        let sent = world
            .try_signal("one", |request| request.request_id = id.to_owned())
            .await;
        world.say_status("signal", &sent);
    }
    world.finish().await;
}

async fn signal_of_closed(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    world.say_status("signal", &world.try_signal("late", |_| ()).await);
}

async fn signal_with_start(world: &World) -> SignalWithStartWorkflowExecutionResponse {
    let plain = world.start_request();
    let request = SignalWithStartWorkflowExecutionRequest {
        namespace: plain.namespace,
        workflow_id: plain.workflow_id,
        workflow_type: plain.workflow_type,
        task_queue: plain.task_queue,
        input: plain.input,
        identity: plain.identity,
        request_id: plain.request_id,
        signal_name: "sig".to_owned(),
        signal_input: text("in"),
        ..Default::default()
    };
    let sent = world
        .service()
        .signal_with_start_workflow_execution(Request::new(request))
        .await;
    sent.unwrap().into_inner()
}

async fn signal_with_start_new(world: World) {
    let response = signal_with_start(&world).await;
    world.say(format!("started {}", response.started));
    world.finish().await;
}

async fn signal_with_start_running(world: World) {
    world.start().await;
    world.turn(vec![]).await;
    let response = signal_with_start(&world).await;
    world.say(format!("started {}", response.started));
    world.finish().await;
}

pub(super) fn upsert(name: &str, value: &str) -> Attributes {
    let mut payload = text(value).unwrap().payloads.remove(0);
    payload
        .metadata
        .insert("type".to_owned(), b"Keyword".to_vec());
    Attributes::UpsertWorkflowSearchAttributesCommandAttributes(
        UpsertWorkflowSearchAttributesCommandAttributes {
            search_attributes: Some(SearchAttributes {
                indexed_fields: [(name.to_owned(), payload)].into(),
            }),
        },
    )
}

async fn cancel_of_closed(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    world.say_status("cancel", &world.try_cancel().await);
    world.say_status("terminate", &world.try_terminate().await);
}
