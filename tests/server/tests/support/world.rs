//! Client and worker by hand: each call when the scenario says so.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use temporalio_client::{
    Connection,
    grpc::WorkflowService,
    tonic::{Request, Status},
};
use temporalio_common::protos::temporal::api::{
    command::v1::{Command, command::Attributes},
    common::v1::{WorkflowExecution, WorkflowType},
    enums::v1::TaskQueueKind,
    taskqueue::v1::{StickyExecutionAttributes, TaskQueue},
    workflowservice::v1::*,
};

use super::{Printer, commands::*};

/// One server and one scenario on it.
#[derive(Clone)]
pub struct World {
    pub connection: Connection,
    /// The scenario's name; its workflow and its queue are called so.
    pub name: String,
    pub identity: String,
    pub(super) transcript: Arc<Mutex<(Printer, Vec<String>)>>,
}

impl World {
    pub fn new(connection: Connection, name: &str) -> Self {
        Self {
            connection,
            name: name.to_owned(),
            identity: "tester".to_owned(),
            transcript: Arc::default(),
        }
    }

    /// The same scenario, as its child's worker sees it.
    pub fn of_child(&self) -> Self {
        Self {
            name: format!("{}-child", self.name),
            ..self.clone()
        }
    }

    pub fn service(&self) -> Box<dyn WorkflowService> {
        self.connection.workflow_service()
    }

    /// One line of the scenario's result.
    pub fn say(&self, line: impl AsRef<str>) {
        let mut transcript = self.transcript.lock().unwrap();
        let line = transcript.0.plain(line.as_ref());
        transcript.1.push(line);
    }

    /// What the scenario came to.
    pub fn transcript(&self) -> Vec<String> {
        self.transcript.lock().unwrap().1.clone()
    }

    /// Says how a call ended, and with which details.
    pub fn say_status<T>(&self, what: &str, result: &Result<T, Status>) {
        match result {
            Ok(_) => self.say(format!("{what}: ok")),
            Err(status) => {
                let details = String::from_utf8_lossy(status.details()).into_owned();
                let details = details.split("temporal.api.").skip(1);
                let kinds: Vec<_> = details
                    .map(|kind| {
                        let end = kind.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
                        kind[..end.unwrap_or(kind.len())].to_owned()
                    })
                    .collect();
                self.say(format!("{what}: {:?} {kinds:?}", status.code()));
            }
        }
    }

    pub fn execution(&self) -> Option<WorkflowExecution> {
        Some(WorkflowExecution {
            workflow_id: self.name.clone(),
            run_id: String::new(),
        })
    }

    pub fn queue(&self) -> Option<TaskQueue> {
        Some(TaskQueue {
            name: self.name.clone(),
            kind: TaskQueueKind::Normal.into(),
            ..Default::default()
        })
    }

    pub fn start_request(&self) -> StartWorkflowExecutionRequest {
        StartWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            workflow_id: self.name.clone(),
            workflow_type: Some(WorkflowType {
                name: "flow".to_owned(),
            }),
            task_queue: self.queue(),
            input: text("hello"),
            identity: self.identity.clone(),
            request_id: uuid::Uuid::new_v4().to_string(),
            ..Default::default()
        }
    }

    pub async fn try_start(
        &self,
        change: impl FnOnce(&mut StartWorkflowExecutionRequest),
    ) -> Result<StartWorkflowExecutionResponse, Status> {
        let mut request = self.start_request();
        change(&mut request);
        let response = self
            .service()
            .start_workflow_execution(Request::new(request))
            .await?;
        Ok(response.into_inner())
    }

    /// Starts the workflow; answers its run id.
    pub async fn start_with(
        &self,
        change: impl FnOnce(&mut StartWorkflowExecutionRequest),
    ) -> String {
        self.try_start(change).await.unwrap().run_id
    }

    pub async fn start(&self) -> String {
        self.start_with(|_| ()).await
    }

    fn poll_request(&self, task_queue: Option<TaskQueue>) -> Request<PollWorkflowTaskQueueRequest> {
        let mut request = Request::new(PollWorkflowTaskQueueRequest {
            namespace: "default".to_owned(),
            task_queue,
            identity: self.identity.clone(),
            ..Default::default()
        });
        request.set_timeout(Duration::from_secs(30));
        request
    }

    /// The next workflow task of the normal queue, if the poll succeeds; tried once.
    pub async fn try_poll(&self) -> Result<PollWorkflowTaskQueueResponse, Status> {
        let request = self.poll_request(self.queue());
        let mut service = self.service();
        let response = service.poll_workflow_task_queue(request).await;
        response.map(|response| response.into_inner())
    }

    /// The next workflow task of the normal queue.
    pub async fn poll(&self) -> PollWorkflowTaskQueueResponse {
        let request = self.poll_request(self.queue());
        let response = self
            .service()
            .poll_workflow_task_queue(request)
            .await
            .unwrap();
        response.into_inner()
    }

    fn sticky_queue(&self) -> TaskQueue {
        TaskQueue {
            name: format!("{}-sticky", self.name),
            kind: TaskQueueKind::Sticky.into(),
            normal_name: self.name.clone(),
        }
    }

    /// The next workflow task of the sticky queue.
    pub async fn poll_sticky(&self) -> PollWorkflowTaskQueueResponse {
        let request = self.poll_request(Some(self.sticky_queue()));
        let response = self
            .service()
            .poll_workflow_task_queue(request)
            .await
            .unwrap();
        response.into_inner()
    }

    pub fn sticky(&self, wait: u64) -> Option<StickyExecutionAttributes> {
        Some(StickyExecutionAttributes {
            worker_task_queue: Some(self.sticky_queue()),
            schedule_to_start_timeout: millis(wait),
        })
    }

    pub async fn try_complete(
        &self,
        task: &PollWorkflowTaskQueueResponse,
        commands: Vec<Attributes>,
        change: impl FnOnce(&mut RespondWorkflowTaskCompletedRequest),
    ) -> Result<RespondWorkflowTaskCompletedResponse, Status> {
        let queue = self.queue();
        let command = |mut attributes: Attributes| {
            if let Attributes::ScheduleActivityTaskCommandAttributes(activity) = &mut attributes {
                activity.task_queue = activity.task_queue.take().or_else(|| queue.clone());
            }
            Command {
                command_type: command_type(&attributes).into(),
                attributes: Some(attributes),
                ..Default::default()
            }
        };
        let mut request = RespondWorkflowTaskCompletedRequest {
            task_token: task.task_token.clone(),
            commands: commands.into_iter().map(command).collect(),
            identity: self.identity.clone(),
            namespace: "default".to_owned(),
            ..Default::default()
        };
        change(&mut request);
        let response = self
            .service()
            .respond_workflow_task_completed(Request::new(request))
            .await?;
        Ok(response.into_inner())
    }

    pub async fn complete(&self, task: &PollWorkflowTaskQueueResponse, commands: Vec<Attributes>) {
        self.try_complete(task, commands, |_| ()).await.unwrap();
    }

    /// Polls and completes the workflow task.
    pub async fn turn(&self, commands: Vec<Attributes>) -> PollWorkflowTaskQueueResponse {
        let task = self.poll().await;
        self.complete(&task, commands).await;
        task
    }
}
