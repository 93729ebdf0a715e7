//! What clients do to runs: signal, cancel, terminate, describe, delete.

use tonic::Status;

use super::{check_id, check_payloads};
use crate::{
    error,
    proto::service,
    run::signal::{CancelRequest, SERVER, Signal},
    server::Shared,
};

impl Shared {
    pub(super) fn signal_workflow_execution(
        &self,
        request: service::SignalWorkflowExecutionRequest,
    ) -> Result<service::SignalWorkflowExecutionResponse, Status> {
        let mut store = self.store();
        store.check_namespace(&request.namespace)?;
        check_id(&request.signal_name, "SignalName")?;
        check_payloads(request.input.as_ref())?;
        let execution = request.workflow_execution.as_ref();
        let at = store.find_in_chain(&request.namespace, execution, "")?;
        let signal = Signal {
            name: request.signal_name,
            input: request.input,
            identity: request.identity,
            header: request.header,
            request_id: request.request_id,
            from: None,
            links: request.links,
        };
        let taken = store.transact(at, |run| run.signal(signal));
        taken.unwrap_or_else(|| Err(error::closed()))?;
        Ok(service::SignalWorkflowExecutionResponse::default())
    }

    pub(super) fn request_cancel(
        &self,
        request: service::RequestCancelWorkflowExecutionRequest,
    ) -> Result<service::RequestCancelWorkflowExecutionResponse, Status> {
        let mut store = self.store();
        let execution = request.workflow_execution.as_ref();
        let first = &request.first_execution_run_id;
        let at = store.find_in_chain(&request.namespace, execution, first)?;
        let cancel = CancelRequest {
            cause: request.reason,
            identity: request.identity,
            from: None,
            links: request.links,
        };
        let taken = store.transact(at, |run| run.request_cancel(cancel));
        taken.unwrap_or_else(|| Err(error::closed()))?;
        Ok(service::RequestCancelWorkflowExecutionResponse {})
    }

    pub(super) fn terminate_workflow_execution(
        &self,
        request: service::TerminateWorkflowExecutionRequest,
    ) -> Result<service::TerminateWorkflowExecutionResponse, Status> {
        check_payloads(request.details.as_ref())?;
        let mut store = self.store();
        let execution = request.workflow_execution.as_ref();
        let first = &request.first_execution_run_id;
        let at = store.find_in_chain(&request.namespace, execution, first)?;
        let or = |text: String, default: &str| match text.as_str() {
            "" => default.to_owned(),
            _ => text,
        };
        let reason = or(request.reason, "terminated by user via frontend");
        let identity = or(request.identity, "frontend-service");
        let taken = store.transact(at, |run| {
            run.terminate(&reason, request.details, &identity, request.links)
        });
        taken.unwrap_or_else(|| Err(error::closed()))?;
        Ok(service::TerminateWorkflowExecutionResponse {})
    }

    pub(super) fn delete_workflow_execution(
        &self,
        request: service::DeleteWorkflowExecutionRequest,
    ) -> Result<service::DeleteWorkflowExecutionResponse, Status> {
        let mut store = self.store();
        let execution = request.workflow_execution.as_ref();
        let at = store.find_in_chain(&request.namespace, execution, "")?;
        let running = store.run(at).is_some_and(|run| run.state.is_running());
        if running {
            let reason = "Delete workflow execution";
            store.transact(at, |run| run.terminate(reason, None, SERVER, Vec::new()));
        }
        store.remove(at);
        Ok(service::DeleteWorkflowExecutionResponse {})
    }

    pub(super) fn describe_workflow_execution(
        &self,
        request: service::DescribeWorkflowExecutionRequest,
    ) -> Result<service::DescribeWorkflowExecutionResponse, Status> {
        let mut store = self.store();
        let at = store.find_in_chain(&request.namespace, request.execution.as_ref(), "")?;
        let described = store.transact(at, |run| run.describe());
        described.ok_or_else(|| error::not_found("workflow execution not found"))
    }
}
