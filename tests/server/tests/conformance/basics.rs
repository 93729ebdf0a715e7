//! Starting, ending, signalling, cancelling.

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    command::v1::{
        CancelWorkflowExecutionCommandAttributes, ContinueAsNewWorkflowExecutionCommandAttributes,
        command::Attributes,
    },
    common::v1::RetryPolicy,
    enums::v1::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    workflowservice::v1::*,
};

use super::scenarios;
use crate::support::*;

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
    id_taken,
    id_reused,
    id_reuse_rejected,
    id_reuse_after_failure_only,
    use_existing,
    terminate_existing,
    request_is_deduplicated,
    unknown_workflow,
    start_without_type,
    start_delayed,
    run_times_out,
    run_times_out_with_task,
    retried,
    retried_until_attempts,
    not_retried,
    continued_as_new,
    cron_goes_on,
    marker_recorded,
    attributes_upserted,
    unknown_attribute,
    memo_upserted,
    describe_of_running,
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
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
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn signal_with_start_running(world: World) {
    world.start().await;
    world.turn(vec![]).await;
    let response = signal_with_start(&world).await;
    world.say(format!("started {}", response.started));
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn id_taken(world: World) {
    world.start().await;
    world.say_status("second", &world.try_start(|_| ()).await);
}

async fn id_reused(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    world.say_status("second", &world.try_start(|_| ()).await);
    world.say_history().await;
}

async fn id_reuse_rejected(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    let policy = WorkflowIdReusePolicy::RejectDuplicate;
    let second = world
        .try_start(|request| request.set_workflow_id_reuse_policy(policy))
        .await;
    world.say_status("second", &second);
}

async fn id_reuse_after_failure_only(world: World) {
    let policy = WorkflowIdReusePolicy::AllowDuplicateFailedOnly;
    world.start().await;
    world.turn(vec![fail("bad", "Bad", true)]).await;
    let second = world
        .try_start(|request| request.set_workflow_id_reuse_policy(policy))
        .await;
    world.say_status("second", &second);
    world.turn(vec![complete("done")]).await;
    let third = world
        .try_start(|request| request.set_workflow_id_reuse_policy(policy))
        .await;
    world.say_status("third", &third);
}

async fn use_existing(world: World) {
    let first = world.start().await;
    let policy = WorkflowIdConflictPolicy::UseExisting;
    let second = world
        .try_start(|request| request.set_workflow_id_conflict_policy(policy))
        .await;
    let second = second.unwrap();
    world.say(format!(
        "same {} started {} {:?}",
        first == second.run_id,
        second.started,
        second.status()
    ));
}

async fn terminate_existing(world: World) {
    let first = world.start().await;
    let policy = WorkflowIdConflictPolicy::TerminateExisting;
    let second = world
        .try_start(|request| request.set_workflow_id_conflict_policy(policy))
        .await;
    let second = second.unwrap();
    world.say(format!(
        "same {} started {}",
        first == second.run_id,
        second.started
    ));
    world.say(format!("ids {first} {}", second.run_id));
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn request_is_deduplicated(world: World) {
    let id = "22222222-2222-4222-8222-222222222222";
    let first = world
        .start_with(|request| request.request_id = id.to_owned())
        .await;
    let second = world
        .try_start(|request| request.request_id = id.to_owned())
        .await
        .unwrap();
    world.say(format!(
        "same {} started {} {:?}",
        first == second.run_id,
        second.started,
        second.status()
    ));
}

async fn unknown_workflow(world: World) {
    world.say_status("signal", &world.try_signal("late", |_| ()).await);
    world.say_status("cancel", &world.try_cancel().await);
    world.say_status("terminate", &world.try_terminate().await);
    let request = DescribeWorkflowExecutionRequest {
        namespace: "default".to_owned(),
        execution: world.execution(),
    };
    let described = world
        .service()
        .describe_workflow_execution(Request::new(request))
        .await;
    world.say_status("describe", &described);
    let request = DescribeNamespaceRequest {
        namespace: "nowhere".to_owned(),
        ..Default::default()
    };
    let described = world
        .service()
        .describe_namespace(Request::new(request))
        .await;
    world.say_status("describe namespace", &described);
    let started = world
        .try_start(|request| request.namespace = "nowhere".to_owned())
        .await;
    world.say_status("start", &started);
}

async fn start_without_type(world: World) {
    world.say_status(
        "type",
        &world
            .try_start(|request| request.workflow_type = None)
            .await,
    );
    world.say_status(
        "queue",
        &world.try_start(|request| request.task_queue = None).await,
    );
    world.say_status(
        "id",
        &world.try_start(|request| request.workflow_id.clear()).await,
    );
    let long = world
        .try_start(|request| request.workflow_id = "x".repeat(1001))
        .await;
    world.say_status("long id", &long);
    let cron = world
        .try_start(|request| request.cron_schedule = "nonsense".to_owned())
        .await;
    world.say_status("cron", &cron);
    let retry = RetryPolicy {
        backoff_coefficient: 0.5,
        ..Default::default()
    };
    world.say_status(
        "retry",
        &world
            .try_start(|request| request.retry_policy = Some(retry))
            .await,
    );
}

async fn start_delayed(world: World) {
    world
        .start_with(|request| request.workflow_start_delay = millis(1000))
        .await;
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn run_times_out(world: World) {
    world
        .start_with(|request| request.workflow_run_timeout = millis(1000))
        .await;
    world.turn(vec![]).await;
    world.wait_for_events(5).await;
    world.say_history().await;
}

async fn run_times_out_with_task(world: World) {
    world
        .start_with(|request| request.workflow_execution_timeout = millis(1000))
        .await;
    let _task = world.poll().await;
    world.wait_for_events(5).await;
    world.say_history().await;
}

fn quick(attempts: i32) -> Option<RetryPolicy> {
    Some(RetryPolicy {
        initial_interval: millis(1000),
        maximum_attempts: attempts,
        backoff_coefficient: 1.0,
        ..Default::default()
    })
}

async fn retried(world: World) {
    let first = world
        .start_with(|request| request.retry_policy = quick(3))
        .await;
    world.turn(vec![fail("once", "Once", false)]).await;
    world.turn(vec![complete("done")]).await;
    world.say(&first);
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn retried_until_attempts(world: World) {
    let first = world
        .start_with(|request| request.retry_policy = quick(2))
        .await;
    world.turn(vec![fail("once", "Once", false)]).await;
    world.turn(vec![fail("twice", "Twice", false)]).await;
    world.say(&first);
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn not_retried(world: World) {
    world
        .start_with(|request| request.retry_policy = quick(3))
        .await;
    world.turn(vec![fail("never", "Never", true)]).await;
    world.say_history().await;
}

async fn continued_as_new(world: World) {
    let first = world.start().await;
    let again = ContinueAsNewWorkflowExecutionCommandAttributes {
        input: text("next"),
        ..Default::default()
    };
    world
        .turn(vec![
            Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(again),
        ])
        .await;
    world.turn(vec![complete("done")]).await;
    world.say(&first);
    world.say_history_of(&world.name, &first).await;
    world.say_history().await;
}

async fn cron_goes_on(world: World) {
    world
        .start_with(|request| request.cron_schedule = "@every 1s".to_owned())
        .await;
    world.turn(vec![complete("first")]).await;
    world.turn(vec![complete("second")]).await;
    let task = world.poll().await;
    world.say_task(&task);
    world.say_status("terminate", &world.try_terminate().await);
}

async fn marker_recorded(world: World) {
    world.start().await;
    world.turn(vec![marker("mark"), complete("done")]).await;
    world.say_history().await;
}

use temporalio_common::protos::temporal::api::{
    command::v1::{
        ModifyWorkflowPropertiesCommandAttributes, UpsertWorkflowSearchAttributesCommandAttributes,
    },
    common::v1::{Memo, SearchAttributes},
};

fn upsert(name: &str, value: &str) -> Attributes {
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

async fn cancel_of_closed(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    world.say_status("cancel", &world.try_cancel().await);
    world.say_status("terminate", &world.try_terminate().await);
}
