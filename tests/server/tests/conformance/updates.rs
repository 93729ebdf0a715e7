//! Updates: stages, rejection, deduplication, the end of the workflow, with the start.

use std::time::Duration;

use prost::{Message as _, Name};
use prost_wkt_types::Any;
use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    command::v1::{ProtocolMessageCommandAttributes, command::Attributes},
    enums::v1::{UpdateWorkflowExecutionLifecycleStage as Stage, WorkflowIdConflictPolicy},
    protocol::v1::{Message, message::SequencingId},
    update::v1::{
        Acceptance, Input, Meta, Outcome, Rejection, Request as Update, Response, UpdateRef,
        WaitPolicy, outcome,
    },
    workflowservice::v1::{
        execute_multi_operation_request::{Operation, operation},
        *,
    },
};
use tokio::task::JoinHandle;

use super::scenarios;
use crate::support::*;

scenarios![
    update_completes,
    update_accepted_first,
    update_rejected,
    update_known,
    update_of_closed,
    update_ignored,
    update_aborted_by_close,
    update_accepted_then_closed,
    update_with_signal,
    two_updates,
    update_polled,
    update_poll_unknown,
    update_before_first_task,
    update_with_start_new,
    update_with_start_running,
    update_with_start_refused,
    update_unknown_workflow,
    update_without_name,
    update_task_fails,
    update_while_task_runs,
];

fn any<M: Name>(message: &M) -> Option<Any> {
    Some(Any {
        type_url: format!("type.googleapis.com/{}", M::full_name()),
        value: message.encode_to_vec(),
    })
}

fn update_request(world: &World, id: &str, stage: Stage) -> UpdateWorkflowExecutionRequest {
    UpdateWorkflowExecutionRequest {
        namespace: "default".to_owned(),
        workflow_execution: world.execution(),
        wait_policy: Some(WaitPolicy {
            lifecycle_stage: stage.into(),
        }),
        request: Some(Update {
            meta: Some(Meta {
                update_id: id.to_owned(),
                identity: world.identity.clone(),
            }),
            input: Some(Input {
                name: "change".to_owned(),
                args: text("arg"),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

type Updating = JoinHandle<Result<UpdateWorkflowExecutionResponse, Status>>;

fn update(world: &World, id: &str, stage: Stage) -> Updating {
    let mut request = Request::new(update_request(world, id, stage));
    request.set_timeout(Duration::from_secs(20));
    let world = world.clone();
    tokio::spawn(async move {
        let response = world.service().update_workflow_execution(request).await;
        response.map(|response| response.into_inner())
    })
}

async fn say_update(world: &World, updating: Updating) {
    let response = updating.await.unwrap();
    world.say_status("update", &response);
    if let Ok(response) = response {
        world.say(format!("{:?} {:?}", response.stage(), response.outcome));
    }
}

/// Parts of a completion that answer updates.
#[derive(Default)]
struct Answers {
    commands: Vec<Attributes>,
    messages: Vec<Message>,
}

impl Answers {
    fn message(&mut self, id: &str, kind: &str, body: Option<Any>, command: bool) {
        let message_id = format!("{id}/{kind}");
        self.messages.push(Message {
            id: message_id.clone(),
            protocol_instance_id: id.to_owned(),
            sequencing_id: None,
            body,
        });
        if command {
            let command = ProtocolMessageCommandAttributes { message_id };
            self.commands
                .push(Attributes::ProtocolMessageCommandAttributes(command));
        }
    }

    fn accept(mut self, task: &PollWorkflowTaskQueueResponse, id: &str) -> Self {
        let message = task
            .messages
            .iter()
            .find(|message| message.protocol_instance_id == id)
            .unwrap();
        let Some(SequencingId::EventId(sequence)) = message.sequencing_id else {
            panic!()
        };
        let request = message
            .body
            .as_ref()
            .map(|body| Update::decode(body.value.as_slice()).unwrap());
        let acceptance = Acceptance {
            accepted_request_message_id: message.id.clone(),
            accepted_request_sequencing_event_id: sequence,
            accepted_request: request,
        };
        self.message(id, "accept", any(&acceptance), true);
        self
    }

    fn respond(mut self, id: &str, result: &str) -> Self {
        let response = Response {
            meta: Some(Meta {
                update_id: id.to_owned(),
                identity: "tester".to_owned(),
            }),
            outcome: Some(Outcome {
                value: text(result).map(outcome::Value::Success),
            }),
        };
        self.message(id, "complete", any(&response), true);
        self
    }

    fn reject(mut self, task: &PollWorkflowTaskQueueResponse, id: &str) -> Self {
        let message = task
            .messages
            .iter()
            .find(|message| message.protocol_instance_id == id)
            .unwrap();
        let rejection = Rejection {
            rejected_request_message_id: message.id.clone(),
            failure: Some(application_failure("no", "No", true)),
            ..Default::default()
        };
        self.message(id, "reject", any(&rejection), false);
        self
    }

    fn then(mut self, command: Attributes) -> Self {
        self.commands.push(command);
        self
    }

    async fn send(
        self,
        world: &World,
        task: &PollWorkflowTaskQueueResponse,
    ) -> Result<RespondWorkflowTaskCompletedResponse, Status> {
        let messages = self.messages;
        world
            .try_complete(task, self.commands, |request| {
                request.messages = messages;
                request.capabilities =
                    Some(respond_workflow_task_completed_request::Capabilities {
                        discard_speculative_workflow_task_with_events: true,
                    });
            })
            .await
    }
}

/// A workflow that waits.
async fn waiting(world: &World) {
    world.start().await;
    world.turn(vec![timer("1", 60_000)]).await;
}

async fn update_completes(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_accepted_first(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Accepted);
    let task = world.poll().await;
    Answers::default()
        .accept(&task, "u")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.signal("go").await;
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_rejected(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    let done = Answers::default()
        .reject(&task, "u")
        .send(&world, &task)
        .await
        .unwrap();
    world.say(format!("reset {}", done.reset_history_event_id));
    say_update(&world, updating).await;
    world.say_history().await;
    world.signal("go").await;
    world.turn(vec![complete("done")]).await;
    world.say_history().await;
}

async fn update_known(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    say_update(&world, update(&world, "u", Stage::Completed)).await;
    world.say(format!("{:?}", shape(&world.history().await)));
}

async fn update_of_closed(world: World) {
    world.start().await;
    world.turn(vec![complete("done")]).await;
    say_update(&world, update(&world, "u", Stage::Completed)).await;
}

async fn update_unknown_workflow(world: World) {
    say_update(&world, update(&world, "u", Stage::Completed)).await;
}

async fn update_without_name(world: World) {
    waiting(&world).await;
    let mut request = update_request(&world, "u", Stage::Completed);
    request
        .request
        .as_mut()
        .unwrap()
        .input
        .as_mut()
        .unwrap()
        .name
        .clear();
    let response = world
        .service()
        .update_workflow_execution(Request::new(request))
        .await;
    world.say_status("update", &response);
}

async fn update_ignored(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    Answers::default()
        .then(marker("busy"))
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_aborted_by_close(world: World) {
    waiting(&world).await;
    world.signal("go").await;
    let task = world.poll().await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.complete(&task, vec![complete("done")]).await;
    say_update(&world, updating).await;
}

async fn update_accepted_then_closed(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    Answers::default()
        .accept(&task, "u")
        .then(complete("done"))
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_with_signal(world: World) {
    waiting(&world).await;
    world.signal("before").await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn two_updates(world: World) {
    waiting(&world).await;
    let first = update(&world, "a", Stage::Completed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let second = update(&world, "b", Stage::Completed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "a")
        .respond("a", "out a")
        .reject(&task, "b")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, first).await;
    say_update(&world, second).await;
    world.say_history().await;
}

async fn update_while_task_runs(world: World) {
    world.start().await;
    let task = world.poll().await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.complete(&task, vec![timer("1", 60_000)]).await;
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_before_first_task(world: World) {
    world.start().await;
    let updating = update(&world, "u", Stage::Completed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

async fn update_task_fails(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    let task = world.poll().await;
    let request = RespondWorkflowTaskFailedRequest {
        task_token: task.task_token.clone(),
        identity: world.identity.clone(),
        namespace: "default".to_owned(),
        ..Default::default()
    };
    world
        .service()
        .respond_workflow_task_failed(Request::new(request))
        .await
        .unwrap();
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    world.say_history().await;
}

fn poll(
    world: &World,
    id: &str,
) -> JoinHandle<Result<PollWorkflowExecutionUpdateResponse, Status>> {
    let mut request = Request::new(PollWorkflowExecutionUpdateRequest {
        namespace: "default".to_owned(),
        update_ref: Some(UpdateRef {
            workflow_execution: world.execution(),
            update_id: id.to_owned(),
        }),
        wait_policy: Some(WaitPolicy {
            lifecycle_stage: Stage::Completed.into(),
        }),
        ..Default::default()
    });
    request.set_timeout(Duration::from_secs(20));
    let world = world.clone();
    tokio::spawn(async move {
        let response = world
            .service()
            .poll_workflow_execution_update(request)
            .await;
        response.map(|response| response.into_inner())
    })
}

async fn update_polled(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Accepted);
    let task = world.poll().await;
    Answers::default()
        .accept(&task, "u")
        .send(&world, &task)
        .await
        .unwrap();
    say_update(&world, updating).await;
    let polling = poll(&world, "u");
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.signal("go").await;
    let task = world.poll().await;
    Answers::default()
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    let polled = polling.await.unwrap().unwrap();
    world.say(format!("{:?} {:?}", polled.stage(), polled.outcome));
}

async fn update_poll_unknown(world: World) {
    waiting(&world).await;
    world.say_status("poll", &poll(&world, "nobody").await.unwrap());
}

type Starting = JoinHandle<Result<ExecuteMultiOperationResponse, Status>>;

fn update_with_start(world: &World, policy: WorkflowIdConflictPolicy) -> Starting {
    let mut start = world.start_request();
    start.set_workflow_id_conflict_policy(policy);
    let update = update_request(world, "u", Stage::Completed);
    let operation = |operation| Operation {
        operation: Some(operation),
    };
    let mut request = Request::new(ExecuteMultiOperationRequest {
        namespace: "default".to_owned(),
        operations: vec![
            operation(operation::Operation::StartWorkflow(start)),
            operation(operation::Operation::UpdateWorkflow(update)),
        ],
        ..Default::default()
    });
    request.set_timeout(Duration::from_secs(20));
    let world = world.clone();
    tokio::spawn(async move {
        let response = world.service().execute_multi_operation(request).await;
        response.map(|response| response.into_inner())
    })
}

async fn say_start(world: &World, starting: Starting) {
    use execute_multi_operation_response::response::Response;
    let response = starting.await.unwrap();
    world.say_status("update with start", &response);
    for one in response
        .map(|response| response.responses)
        .unwrap_or_default()
    {
        match one.response.unwrap() {
            Response::StartWorkflow(started) => world.say(format!("started {}", started.started)),
            Response::UpdateWorkflow(updated) => {
                world.say(format!("{:?} {:?}", updated.stage(), updated.outcome));
            }
        }
    }
}

async fn update_with_start_new(world: World) {
    let starting = update_with_start(&world, WorkflowIdConflictPolicy::UseExisting);
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_start(&world, starting).await;
    world.say_history().await;
}

async fn update_with_start_running(world: World) {
    waiting(&world).await;
    let starting = update_with_start(&world, WorkflowIdConflictPolicy::UseExisting);
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(&world, &task)
        .await
        .unwrap();
    say_start(&world, starting).await;
    world.say_history().await;
}

async fn update_with_start_refused(world: World) {
    waiting(&world).await;
    say_start(
        &world,
        update_with_start(&world, WorkflowIdConflictPolicy::Fail),
    )
    .await;
    say_start(
        &world,
        update_with_start(&world, WorkflowIdConflictPolicy::Unspecified),
    )
    .await;
}
