//! Updates: stages, rejection, deduplication, the end of the workflow, with the start.

use std::time::Duration;

use prost::{Message as _, Name};
use prost_wkt_types::Any;
use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    command::v1::{ProtocolMessageCommandAttributes, command::Attributes},
    enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage,
    protocol::v1::{Message, message::SequencingId},
    update::v1::{
        Acceptance, Input, Meta, Outcome, Rejection, Request as Update, Response, WaitPolicy,
        outcome,
    },
    workflowservice::v1::*,
};
use tokio::task::JoinHandle;

use super::{ARRIVED, scenarios};
use crate::support::*;

scenarios![update_completes, update_accepted_first, update_rejected,];

fn any<M: Name>(message: &M) -> Option<Any> {
    Some(Any {
        type_url: format!("type.googleapis.com/{}", M::full_name()),
        value: message.encode_to_vec(),
    })
}

pub(crate) fn update_request(
    world: &World,
    id: &str,
    stage: Stage,
) -> UpdateWorkflowExecutionRequest {
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

pub(super) type Updating = JoinHandle<Result<UpdateWorkflowExecutionResponse, Status>>;

pub(super) fn update(world: &World, id: &str, stage: Stage) -> Updating {
    let mut request = Request::new(update_request(world, id, stage));
    request.set_timeout(Duration::from_secs(20));
    let world = world.clone();
    tokio::spawn(async move {
        let response = world.service().update_workflow_execution(request).await;
        response.map(|response| response.into_inner())
    })
}

pub(super) async fn say_update(world: &World, updating: Updating) {
    let response = updating.await.unwrap();
    world.say_status("update", &response);
    if let Ok(response) = response {
        world.say(format!("{:?} {:?}", response.stage(), response.outcome));
    }
}

/// Parts of a completion that answer updates.
#[derive(Default)]
pub(super) struct Answers {
    commands: Vec<Attributes>,
    messages: Vec<Message>,
}

impl Answers {
    pub(super) fn message(&mut self, id: &str, kind: &str, body: Option<Any>, command: bool) {
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

    pub(super) fn accept(mut self, task: &PollWorkflowTaskQueueResponse, id: &str) -> Self {
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

    pub(super) fn respond(mut self, id: &str, result: &str) -> Self {
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

    pub(super) fn reject(mut self, task: &PollWorkflowTaskQueueResponse, id: &str) -> Self {
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

    pub(super) fn then(mut self, command: Attributes) -> Self {
        self.commands.push(command);
        self
    }

    pub(super) async fn send(
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

/// Takes the task that brings the update, accepts and completes it, and says all that came of it.
pub(super) async fn answered(world: &World, updating: Updating) {
    let task = world.poll().await;
    world.say_task(&task);
    Answers::default()
        .accept(&task, "u")
        .respond("u", "out")
        .send(world, &task)
        .await
        .unwrap();
    say_update(world, updating).await;
    world.say_history().await;
}

/// A workflow that waits.
pub(super) async fn waiting(world: &World) {
    world.start().await;
    world.turn(vec![timer("1", 60_000)]).await;
}

async fn update_completes(world: World) {
    waiting(&world).await;
    let updating = update(&world, "u", Stage::Completed);
    answered(&world, updating).await;
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
    tokio::time::sleep(ARRIVED).await;
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
    world.finish().await;
}
