//! What workers make of workflow tasks and queries.

use tonic::Status;

use crate::{
    error,
    proto::{
        command::{Command, command::Attributes as Wanted},
        enums::QueryResultType,
        service,
        service::{RespondWorkflowTaskCompletedRequest, RespondWorkflowTaskCompletedResponse},
    },
    queue::QueueKey,
    run::{
        Known,
        worker::{Worker, completed_by},
    },
    server::Shared,
    store::Namespace,
    token::{self, QueryToken, WorkflowToken},
};

impl Shared {
    pub(super) fn respond_workflow_task_completed(
        &self,
        request: RespondWorkflowTaskCompletedRequest,
    ) -> Result<RespondWorkflowTaskCompletedResponse, Status> {
        let token: WorkflowToken = token::task(&request.task_token)?;
        check_sequence(&request.commands)?;
        let mut store = self.store();
        let at = store.by_run_id(&token.run_id)?;
        let namespace = store
            .run(at)
            .and_then(|run| store.namespaces.get(&run.namespace));
        let unknown = namespace.map(|namespace| unknown_attributes(namespace, &request.commands));
        let known = Known {
            unregistered: unknown.unwrap_or_default(),
            endpoints: store.endpoints.named_in(&request.commands),
            least_life: store.settings.least_life,
        };
        let inline = request.return_new_workflow_task && request.sticky_attributes.is_some();
        let worker = Worker::new(request.identity.clone(), completed_by(&request));
        let worker = worker.deployed(request.deployment_options.as_ref());
        let done = store.transact(at, |run| {
            run.check_task(&token)?;
            let completed = run.complete_task(request, known)?;
            let next = if inline {
                run.start_next_task(&worker)
            } else {
                None
            };
            Ok(RespondWorkflowTaskCompletedResponse {
                workflow_task: next,
                reset_history_event_id: completed.reset_event_id,
                ..Default::default()
            })
        });
        done.unwrap_or_else(|| Err(error::not_found("Workflow task not found.")))
    }

    pub(super) fn respond_workflow_task_failed(
        &self,
        request: service::RespondWorkflowTaskFailedRequest,
    ) -> Result<service::RespondWorkflowTaskFailedResponse, Status> {
        let token: WorkflowToken = token::task(&request.task_token)?;
        let mut store = self.store();
        let at = store.by_run_id(&token.run_id)?;
        let cause = request.cause();
        let done = store.transact(at, |run| {
            run.check_task(&token)?;
            run.fail_task(cause, request.failure, &request.identity);
            Ok(service::RespondWorkflowTaskFailedResponse {})
        });
        done.unwrap_or_else(|| Err(error::not_found("Workflow task not found.")))
    }

    pub(super) fn respond_query_task_completed(
        &self,
        request: service::RespondQueryTaskCompletedRequest,
    ) -> Result<service::RespondQueryTaskCompletedResponse, Status> {
        let token: QueryToken = token::task(&request.task_token)?;
        let mut store = self.store();
        let at = store.by_run_id(&token.run_id)?;
        let answer = match request.completed_type() {
            QueryResultType::Answered => Ok(request.query_result),
            _ => Err(error::query_failed(&request.error_message, request.failure)),
        };
        let heard = store.transact(at, |run| run.answer_query(token.query, answer));
        match heard {
            Some(true) => Ok(service::RespondQueryTaskCompletedResponse {}),
            _ => Err(error::not_found("query task not found, or already expired")),
        }
    }

    pub(super) fn reset_sticky_task_queue(
        &self,
        request: service::ResetStickyTaskQueueRequest,
    ) -> Result<service::ResetStickyTaskQueueResponse, Status> {
        let mut store = self.store();
        let at = store.find_in_chain(&request.namespace, request.execution.as_ref(), "")?;
        store.transact(at, crate::run::Run::forget_sticky);
        Ok(service::ResetStickyTaskQueueResponse {})
    }

    /// The worker goes: nobody polls its sticky queue any more.
    pub(super) fn shutdown_worker(
        &self,
        request: service::ShutdownWorkerRequest,
    ) -> Result<service::ShutdownWorkerResponse, Status> {
        let mut store = self.store();
        store.check_namespace(&request.namespace)?;
        if !request.sticky_task_queue.is_empty() {
            let key = QueueKey {
                namespace: request.namespace,
                name: request.sticky_task_queue,
                activity: false,
            };
            store.queue_mut(&key).abandon();
        }
        Ok(service::ShutdownWorkerResponse {})
    }

    pub(super) fn record_worker_heartbeat(
        &self,
        _: service::RecordWorkerHeartbeatRequest,
    ) -> Result<service::RecordWorkerHeartbeatResponse, Status> {
        Ok(service::RecordWorkerHeartbeatResponse {})
    }
}

/// The search attributes that commands name and nobody registered.
fn unknown_attributes(namespace: &Namespace, commands: &[Command]) -> Vec<String> {
    let fields = commands
        .iter()
        .filter_map(|command| match command.attributes.as_ref()? {
            Wanted::UpsertWorkflowSearchAttributesCommandAttributes(wanted) => {
                wanted.search_attributes.as_ref()
            }
            Wanted::StartChildWorkflowExecutionCommandAttributes(wanted) => {
                wanted.search_attributes.as_ref()
            }
            Wanted::ContinueAsNewWorkflowExecutionCommandAttributes(wanted) => {
                wanted.search_attributes.as_ref()
            }
            _ => None,
        });
    let names = fields.flat_map(|fields| fields.indexed_fields.keys());
    let unknown = names.filter(|name| namespace.kind_of(name).is_none());
    unknown.cloned().collect()
}

/// Nothing may follow the command that ends the run.
fn check_sequence(commands: &[Command]) -> Result<(), Status> {
    let ends = |command: &Command| {
        matches!(
            command.attributes,
            Some(
                Wanted::CompleteWorkflowExecutionCommandAttributes(_)
                    | Wanted::FailWorkflowExecutionCommandAttributes(_)
                    | Wanted::CancelWorkflowExecutionCommandAttributes(_)
                    | Wanted::ContinueAsNewWorkflowExecutionCommandAttributes(_)
            )
        )
    };
    match commands.iter().position(ends) {
        Some(end) if end + 1 < commands.len() => Err(error::invalid(
            "invalid command sequence: the command that ends the workflow must be the last one",
        )),
        _ => Ok(()),
    }
}
