//! Client and worker by hand: each call when the scenario says so.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use temporalio_client::{
    Connection,
    grpc::WorkflowService,
    tonic::{Request, Status},
};
use temporalio_common::protos::temporal::api::{
    command::v1::{
        CancelTimerCommandAttributes, Command, CompleteWorkflowExecutionCommandAttributes,
        FailWorkflowExecutionCommandAttributes, RecordMarkerCommandAttributes,
        ScheduleActivityTaskCommandAttributes, StartTimerCommandAttributes, command::Attributes,
    },
    common::v1::{ActivityType, Payload, Payloads, WorkflowExecution, WorkflowType},
    enums::v1::{CommandType, TaskQueueKind},
    failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
    history::v1::HistoryEvent,
    taskqueue::v1::{StickyExecutionAttributes, TaskQueue},
    workflowservice::v1::*,
};

use super::Printer;

/// One server and one scenario on it.
#[derive(Clone)]
pub struct World {
    pub connection: Connection,
    /// The scenario's name; its workflow and its queue are called so.
    pub name: String,
    pub identity: String,
    transcript: Arc<Mutex<(Printer, Vec<String>)>>,
}

/// Text as a payload.
pub fn text(text: &str) -> Option<Payloads> {
    let metadata = HashMap::from([("encoding".to_owned(), b"json/plain".to_vec())]);
    Some(Payloads {
        payloads: vec![Payload {
            metadata,
            data: format!("{text:?}").into_bytes(),
            ..Default::default()
        }],
    })
}

/// So many milliseconds.
pub fn millis(millis: u64) -> Option<prost_wkt_types::Duration> {
    Duration::from_millis(millis).try_into().ok()
}

/// Starts a timer.
pub fn timer(id: &str, span: u64) -> Attributes {
    Attributes::StartTimerCommandAttributes(StartTimerCommandAttributes {
        timer_id: id.to_owned(),
        start_to_fire_timeout: millis(span),
    })
}

/// Cancels a timer.
pub fn cancel_timer(id: &str) -> Attributes {
    Attributes::CancelTimerCommandAttributes(CancelTimerCommandAttributes {
        timer_id: id.to_owned(),
    })
}

/// Ends the workflow well.
pub fn complete(result: &str) -> Attributes {
    Attributes::CompleteWorkflowExecutionCommandAttributes(
        CompleteWorkflowExecutionCommandAttributes {
            result: text(result),
        },
    )
}

/// Ends the workflow badly.
pub fn fail(message: &str, kind: &str, non_retryable: bool) -> Attributes {
    Attributes::FailWorkflowExecutionCommandAttributes(FailWorkflowExecutionCommandAttributes {
        failure: Some(application_failure(message, kind, non_retryable)),
    })
}

/// An application's failure.
pub fn application_failure(message: &str, kind: &str, non_retryable: bool) -> Failure {
    Failure {
        message: message.to_owned(),
        failure_info: Some(FailureInfo::ApplicationFailureInfo(
            ApplicationFailureInfo {
                r#type: kind.to_owned(),
                non_retryable,
                ..Default::default()
            },
        )),
        ..Default::default()
    }
}

/// Records a marker.
pub fn marker(name: &str) -> Attributes {
    Attributes::RecordMarkerCommandAttributes(RecordMarkerCommandAttributes {
        marker_name: name.to_owned(),
        details: HashMap::from([("detail".to_owned(), text("value").unwrap())]),
        ..Default::default()
    })
}

/// Schedules an activity with a timeout of ten seconds on the scenario's queue.
pub fn activity(
    id: &str,
    change: impl FnOnce(&mut ScheduleActivityTaskCommandAttributes),
) -> Attributes {
    let mut command = ScheduleActivityTaskCommandAttributes {
        activity_id: id.to_owned(),
        activity_type: Some(ActivityType {
            name: "act".to_owned(),
        }),
        input: text("in"),
        start_to_close_timeout: millis(10_000),
        ..Default::default()
    };
    change(&mut command);
    Attributes::ScheduleActivityTaskCommandAttributes(command)
}

fn command_type(attributes: &Attributes) -> CommandType {
    match attributes {
        Attributes::ScheduleActivityTaskCommandAttributes(_) => CommandType::ScheduleActivityTask,
        Attributes::StartTimerCommandAttributes(_) => CommandType::StartTimer,
        Attributes::CompleteWorkflowExecutionCommandAttributes(_) => {
            CommandType::CompleteWorkflowExecution
        }
        Attributes::FailWorkflowExecutionCommandAttributes(_) => CommandType::FailWorkflowExecution,
        Attributes::RequestCancelActivityTaskCommandAttributes(_) => {
            CommandType::RequestCancelActivityTask
        }
        Attributes::CancelTimerCommandAttributes(_) => CommandType::CancelTimer,
        Attributes::CancelWorkflowExecutionCommandAttributes(_) => {
            CommandType::CancelWorkflowExecution
        }
        Attributes::RequestCancelExternalWorkflowExecutionCommandAttributes(_) => {
            CommandType::RequestCancelExternalWorkflowExecution
        }
        Attributes::RecordMarkerCommandAttributes(_) => CommandType::RecordMarker,
        Attributes::ContinueAsNewWorkflowExecutionCommandAttributes(_) => {
            CommandType::ContinueAsNewWorkflowExecution
        }
        Attributes::StartChildWorkflowExecutionCommandAttributes(_) => {
            CommandType::StartChildWorkflowExecution
        }
        Attributes::SignalExternalWorkflowExecutionCommandAttributes(_) => {
            CommandType::SignalExternalWorkflowExecution
        }
        Attributes::UpsertWorkflowSearchAttributesCommandAttributes(_) => {
            CommandType::UpsertWorkflowSearchAttributes
        }
        Attributes::ProtocolMessageCommandAttributes(_) => CommandType::ProtocolMessage,
        Attributes::ModifyWorkflowPropertiesCommandAttributes(_) => {
            CommandType::ModifyWorkflowProperties
        }
        Attributes::ScheduleNexusOperationCommandAttributes(_) => {
            CommandType::ScheduleNexusOperation
        }
        Attributes::RequestCancelNexusOperationCommandAttributes(_) => {
            CommandType::RequestCancelNexusOperation
        }
    }
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

    pub async fn poll_activity(&self) -> PollActivityTaskQueueResponse {
        let mut request = Request::new(PollActivityTaskQueueRequest {
            namespace: "default".to_owned(),
            task_queue: self.queue(),
            identity: self.identity.clone(),
            ..Default::default()
        });
        request.set_timeout(Duration::from_secs(30));
        let response = self
            .service()
            .poll_activity_task_queue(request)
            .await
            .unwrap();
        response.into_inner()
    }

    pub async fn complete_activity(
        &self,
        task: &PollActivityTaskQueueResponse,
        result: &str,
    ) -> Result<(), Status> {
        let request = RespondActivityTaskCompletedRequest {
            task_token: task.task_token.clone(),
            result: text(result),
            identity: self.identity.clone(),
            namespace: "default".to_owned(),
            ..Default::default()
        };
        let done = self
            .service()
            .respond_activity_task_completed(Request::new(request))
            .await;
        done.map(|_| ())
    }

    pub async fn fail_activity(
        &self,
        task: &PollActivityTaskQueueResponse,
        failure: Failure,
    ) -> Result<(), Status> {
        let request = RespondActivityTaskFailedRequest {
            task_token: task.task_token.clone(),
            failure: Some(failure),
            identity: self.identity.clone(),
            namespace: "default".to_owned(),
            ..Default::default()
        };
        let done = self
            .service()
            .respond_activity_task_failed(Request::new(request))
            .await;
        done.map(|_| ())
    }

    pub async fn try_signal(
        &self,
        name: &str,
        change: impl FnOnce(&mut SignalWorkflowExecutionRequest),
    ) -> Result<(), Status> {
        let mut request = SignalWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            workflow_execution: self.execution(),
            signal_name: name.to_owned(),
            input: text(name),
            identity: self.identity.clone(),
            request_id: uuid::Uuid::new_v4().to_string(),
            ..Default::default()
        };
        change(&mut request);
        let done = self
            .service()
            .signal_workflow_execution(Request::new(request))
            .await;
        done.map(|_| ())
    }

    pub async fn signal(&self, name: &str) {
        self.try_signal(name, |_| ()).await.unwrap();
    }

    pub async fn try_cancel(&self) -> Result<(), Status> {
        let request = RequestCancelWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            workflow_execution: self.execution(),
            identity: self.identity.clone(),
            request_id: uuid::Uuid::new_v4().to_string(),
            reason: "enough".to_owned(),
            ..Default::default()
        };
        let done = self
            .service()
            .request_cancel_workflow_execution(Request::new(request))
            .await;
        done.map(|_| ())
    }

    pub async fn try_terminate(&self) -> Result<(), Status> {
        let request = TerminateWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            workflow_execution: self.execution(),
            identity: self.identity.clone(),
            reason: "stop".to_owned(),
            details: text("details"),
            ..Default::default()
        };
        let done = self
            .service()
            .terminate_workflow_execution(Request::new(request))
            .await;
        done.map(|_| ())
    }

    pub async fn describe_id(
        &self,
        workflow_id: &str,
        run_id: &str,
    ) -> DescribeWorkflowExecutionResponse {
        let request = DescribeWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            execution: Some(WorkflowExecution {
                workflow_id: workflow_id.to_owned(),
                run_id: run_id.to_owned(),
            }),
        };
        let described = self
            .service()
            .describe_workflow_execution(Request::new(request))
            .await;
        described.unwrap().into_inner()
    }

    pub async fn describe(&self) -> DescribeWorkflowExecutionResponse {
        self.describe_id(&self.name, "").await
    }

    pub async fn history_of(&self, workflow_id: &str, run_id: &str) -> Vec<HistoryEvent> {
        let mut events = Vec::new();
        let mut token = Vec::new();
        loop {
            let request = GetWorkflowExecutionHistoryRequest {
                namespace: "default".to_owned(),
                execution: Some(WorkflowExecution {
                    workflow_id: workflow_id.to_owned(),
                    run_id: run_id.to_owned(),
                }),
                next_page_token: token,
                ..Default::default()
            };
            let page = self
                .service()
                .get_workflow_execution_history(Request::new(request))
                .await;
            let page = page.unwrap().into_inner();
            events.extend(page.history.unwrap_or_default().events);
            token = page.next_page_token;
            if token.is_empty() {
                return events;
            }
        }
    }

    pub async fn history(&self) -> Vec<HistoryEvent> {
        self.history_of(&self.name, "").await
    }

    /// Waits until the run has that many events.
    pub async fn wait_for_events(&self, many: usize) {
        for _ in 0..500 {
            if self.history().await.len() >= many {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!(
            "{}: never had {many} events: {:?}",
            self.name,
            super::shape(&self.history().await)
        );
    }

    /// Says the events of a run, one a line.
    pub async fn say_history_of(&self, workflow_id: &str, run_id: &str) {
        let events = self.history_of(workflow_id, run_id).await;
        let mut transcript = self.transcript.lock().unwrap();
        for event in events {
            let line = transcript.0.event(&event);
            transcript.1.push(line);
        }
    }

    pub async fn say_history(&self) {
        self.say_history_of(&self.name, "").await;
    }

    /// Says what a task holds.
    pub fn say_task(&self, task: &PollWorkflowTaskQueueResponse) {
        let events = task
            .history
            .as_ref()
            .map(|history| super::shape(&history.events));
        let mut queries: Vec<_> = task
            .queries
            .values()
            .map(|query| query.query_type.clone())
            .collect();
        queries.sort();
        self.say(format!(
            "task: attempt {} previous {} started {} events {:?} queries {queries:?} query {:?} messages {:?}",
            task.attempt,
            task.previous_started_event_id,
            task.started_event_id,
            events.unwrap_or_default(),
            task.query.as_ref().map(|query| &query.query_type),
            task.messages.iter().map(|message| (&message.id, &message.sequencing_id)).collect::<Vec<_>>(),
        ));
    }
}
