//! The rest of the worker's and the client's calls, and what the scenario says of them.

use std::time::Duration;

use temporalio_client::tonic::{Request, Status};
use temporalio_common::protos::temporal::api::{
    command::v1::ScheduleActivityTaskCommandAttributes, common::v1::WorkflowExecution,
    failure::v1::Failure, history::v1::HistoryEvent, workflowservice::v1::*,
};

use super::{World, commands::*};

impl World {
    /// Starts a workflow with one activity, and takes that.
    pub async fn start_activity(
        &self,
        change: impl FnOnce(&mut ScheduleActivityTaskCommandAttributes),
    ) -> PollActivityTaskQueueResponse {
        self.start().await;
        self.turn(vec![activity("a", change)]).await;
        self.poll_activity().await
    }

    /// Completes the workflow and says what it came to.
    pub async fn finish(&self) {
        self.turn(vec![complete("done")]).await;
        self.say_history().await;
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

    /// Whether the server knows a run of this id.
    pub async fn is_known(&self) -> bool {
        let request = DescribeWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            execution: self.execution(),
        };
        let mut service = self.service();
        let described = service.describe_workflow_execution(Request::new(request));
        described.await.is_ok()
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
            // A child is not there before its parent's server has started it.
            if self.is_known().await && self.history().await.len() >= many {
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
        // Updates that wait for the same task come in any order.
        let messages = task.messages.iter();
        let mut messages: Vec<_> = messages
            .map(|message| format!("{} {:?}", message.id, message.sequencing_id))
            .collect();
        messages.sort();
        self.say(format!(
            "task: attempt {} previous {} started {} events {:?} queries {queries:?} query {:?} messages {messages:?}",
            task.attempt,
            task.previous_started_event_id,
            task.started_event_id,
            events.unwrap_or_default(),
            task.query.as_ref().map(|query| &query.query_type),
        ));
    }
}
